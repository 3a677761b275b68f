#include "tests/cuda_train/on_device.h"

namespace seqrec::train {
namespace {

/// On features of items, with small perceptrons, and more settings.
std::vector<std::string> features(std::initializer_list<const char*> more) {
  std::vector<std::string> settings{
      "load_col={inter: [user_id, item_id, timestamp, rating], item: [item_id, class, year]}",
      "numerical_features=[year]",
      "normalize_field=[year]",
      "mlp_hidden_size=[8, 6]",
      "metrics=[AUC, LogLoss]",
      "valid_metric=AUC"};
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

}  // namespace

TEST_CASE("cuda: DIEN's training, testing and recommending give what the CPU gives, with each of its cells") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  compare("DIEN", "toy", temp.path(), features({"epochs=2", "train_batch_size=32"}));
  compare("DIEN", "toy", temp.path(), features({"epochs=1", "train_batch_size=64", "gru_type=AIGRU", "dien_aux=dot"}));
  compare("DIEN", "toy", temp.path(), features({"epochs=1", "train_batch_size=64", "gru_type=GRU"}));
  compare("DIEN", "toy", temp.path(), features({"epochs=1", "gru_type=AGRU", "batching=histories", "alpha=0"}));
  compare("DIEN", "toy", temp.path(),
          features({"epochs=1", "threshold={rating: 3}", "train_neg_sample_args=~", "eval_args={mode: labeled}",
                    "dien_augru=author"}));
}

TEST_CASE("cuda: a run of DIEN that was stopped goes on, on the device and on the CPU") {
  if (!has_gpu()) return;
  resume("DIEN", features({}));
}

}  // namespace seqrec::train
