#include "tests/cuda_train/on_device.h"
#include "tests/examples.h"

namespace seqrec::train {

TEST_CASE("cuda: the GRU4Rec example's training, testing and recommending give what the CPU gives") {
  if (!has_gpu()) return;
  add_examples();
  const TempFolder temp;
  write_toy(temp.path());
  compare("GRU4Rec", "toy", temp.path(), {"epochs=2", "train_batch_size=32", "hidden_size=12", "num_layers=2"});
  compare("GRU4Rec", "toy", temp.path(), {"epochs=1", "loss_type=BPR", "batching=histories", "hidden_size=8"});
}

TEST_CASE("cuda: a run of the GRU4Rec example that was stopped goes on, on the device and on the CPU") {
  if (!has_gpu()) return;
  add_examples();
  resume("GRU4Rec", {"hidden_size=12"});
}

}  // namespace seqrec::train
