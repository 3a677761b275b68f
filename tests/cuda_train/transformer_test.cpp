// S3-Rec, and the SASRec of examples/: the models that attend.
#include "tests/cuda_train/on_device.h"
#include "tests/examples.h"

namespace seqrec::train {
namespace {

/// A small encoder, with more settings.
std::vector<std::string> encoder(std::initializer_list<const char*> more) {
  std::vector<std::string> settings{"hidden_size=8", "inner_size=8", "train_batch_size=32"};
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

}  // namespace

TEST_CASE("cuda: S3-Rec's stages, testing and recommending give what the CPU gives") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  compare("S3Rec", "toy", temp.path(), encoder({"stages=[pretrain, finetune]", "pretrain_epochs=2", "epochs=2"}));
  compare("S3Rec", "toy", temp.path(),
          encoder({"train_stage=finetune", "epochs=1", "loss_type=BPR", "batching=histories", "mask_history=true"}));
  compare("S3Rec", "toy", temp.path(),
          encoder({"train_stage=finetune", "epochs=1", "loss_type=BCE", "s3rec_positions=end", "batching=histories",
                   "s3rec_finetune_windows=last", "attn_dropout_prob=0"}));
}

TEST_CASE("cuda: a run of S3-Rec that was stopped goes on, on the device and on the CPU") {
  if (!has_gpu()) return;
  resume("S3Rec", encoder({"stages=[pretrain, finetune]", "pretrain_epochs=2"}));
}

TEST_CASE("cuda: fine-tuning begins with what the device pre-trained, by either name") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const auto run = [&](const char* name, Device device, std::vector<std::string> settings, const std::string& init) {
    TrainRequest request = request_of("S3Rec", input_of("toy", temp.path(), std::move(settings)),
                                      temp / concat(name, "-", device), device);
    request.init = init;
    return train(request, listener).model_file;
  };
  const std::string pretrained = run("pre", gpu(), encoder({"train_stage=pretrain", "pretrain_epochs=1"}), "");
  const std::string given = concat("pre_model_path=", pretrained);
  for (const bool by_key : {true, false}) {
    std::vector<std::string> files;
    for (const Device device : {kCpu, gpu()}) {
      std::vector<std::string> settings = encoder({"train_stage=finetune", "epochs=0"});
      if (by_key) settings.push_back(given);
      files.push_back(read_text(run(by_key ? "key" : "init", device, settings, by_key ? "" : pretrained)));
    }
    CHECK(files[0] == files[1]);
  }
}

TEST_CASE("cuda: the SASRec example's training, testing and recommending give what the CPU gives") {
  if (!has_gpu()) return;
  add_examples();
  const TempFolder temp;
  write_toy(temp.path());
  compare("SASRec", "toy", temp.path(), encoder({"epochs=2"}));
  compare("SASRec", "toy", temp.path(), encoder({"epochs=1", "loss_type=BPR", "batching=histories"}));
  resume("SASRec", encoder({}));
}

}  // namespace seqrec::train
