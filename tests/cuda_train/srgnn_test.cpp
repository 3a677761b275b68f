#include "tests/cuda_train/on_device.h"

namespace seqrec::train {

TEST_CASE("cuda: SR-GNN's training, testing and recommending give what the CPU gives") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  compare("SRGNN", "toy", temp.path(), {"epochs=2", "train_batch_size=32", "step=2"});
  compare("SRGNN", "toy", temp.path(),
          {"epochs=1", "loss_type=BPR", "batching=histories", "srgnn_edge_weight=count", "mask_history=true"});
}

TEST_CASE("cuda: a run of SR-GNN that was stopped goes on, on the device and on the CPU") {
  if (!has_gpu()) return;
  resume("SRGNN", {});
}

}  // namespace seqrec::train
