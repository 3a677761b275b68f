#include "tests/cuda_train/on_device.h"

namespace seqrec::train {

TEST_CASE("cuda: Caser's training, testing and recommending give what the CPU gives") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  compare("Caser", "toy", temp.path(), {"epochs=2", "train_batch_size=32", "nh=4"});
  compare("Caser", "toy", temp.path(),
          {"epochs=1", "loss_type=BCE", "caser_head=paper", "caser_targets=3", "batching=histories", "nh=3", "nv=2",
           "mask_history=true"});
}

TEST_CASE("cuda: a run of Caser that was stopped goes on, on the device and on the CPU") {
  if (!has_gpu()) return;
  resume("Caser", {"nh=4"});
}

}  // namespace seqrec::train
