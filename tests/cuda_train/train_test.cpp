// Training, resuming, testing and recommending on a device, beside the CPU.
#include <cmath>
#include <cstdlib>

#include "tests/cuda_train/on_device.h"
#include "tests/message_of.h"

namespace seqrec::train {
namespace {

/// Counts the host's waits, too.
class WaitingListener : public Listener {
 public:
  void on_step(const Progress& progress) override {
    waits.push_back(kernels::cuda::synchronizations());
    Listener::on_step(progress);
  }
  std::vector<std::int64_t> waits;
};

}  // namespace

TEST_CASE("cuda: training, testing and recommending give what the CPU gives") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  compare("SHAN", "toy", temp.path(), {"epochs=2", "train_batch_size=32"});
  compare("SHAN", "toy", temp.path(),
          {"epochs=1", "loss_type=BPR", "batching=histories", "learner=adamw", "weight_decay=0.01",
           "clip_grad_norm={max_norm: 0.1}", "mask_history=true"});
}

TEST_CASE("cuda: an epoch on the tiny dataset") {
  if (!has_gpu()) return;
  const char* value = std::getenv("SEQREC_DATA_DIR");
  const fs::path data = value ? value : SEQREC_SOURCE_DIR "/../shared/data";
  if (!fs::exists(data / "tiny")) {
    std::printf("SKIPPED an epoch on tiny: there is no %s (SEQREC_DATA_DIR)\n", (data / "tiny").c_str());
    return;
  }
  compare("SHAN", "tiny", data, {"epochs=1", "train_batch_size=256"});
}

TEST_CASE("cuda: a training step doesn't make the host wait") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  WaitingListener listener;
  train(request_of("SHAN", input_of("toy", temp.path(), {"epochs=1", "train_batch_size=16", "eval_step=0"}),
                   temp / "run", gpu()),
        listener);
  REQUIRE(listener.waits.size() > 3);
  CHECK(listener.waits.back() == listener.waits.front());
}

TEST_CASE("cuda: a run that was stopped goes on, on the device and on the CPU") {
  if (!has_gpu()) return;
  resume("SHAN", {});
}

TEST_CASE("cuda: pre-trained vectors and another model's rows begin a model as on the CPU") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  write_text(temp / "toy/toy.user", "user_id:token\tvector:float_seq\nu5\t1 2 3 4 5 6 7 8\n");
  Listener listener;
  const RunResult before =
      train(request_of("SHAN", input_of("toy", temp.path(), {"epochs=0", "item_inter_num_interval=[6,inf)"}),
                       temp / "before", kCpu),
            listener);
  std::vector<std::string> files;
  for (const Device device : {kCpu, gpu()}) {
    TrainRequest request =
        request_of("SHAN", input_of("toy", temp.path(), {"epochs=0", "seed=3", "preload_weight={user_id: vector}"}),
                   temp / concat("after-", device), device);
    request.init = before.model_file;
    files.push_back(read_text(train(request, listener).model_file));
  }
  CHECK(files[0] == files[1]);
  CHECK(files[0] != read_text(before.model_file));
}

TEST_CASE("cuda: a loss that is not finite is found, with its step") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const TrainRequest request = request_of(
      "SHAN", input_of("toy", temp.path(), {"epochs=1", "train_batch_size=16", "learner=sgd", "learning_rate=1e38"}),
      temp / "run", gpu());
  const std::string message = message_of<NumericError>([&] { train(request, listener); });
  CHECK_MESSAGE(message.find("at epoch 1, step ") != std::string::npos, message);
  CHECK_MESSAGE(message.find("--device cpu names the operation") != std::string::npos, message);
}

TEST_CASE("cuda: a device that isn't there is found before data are read and a folder is made") {
  if (!has_gpu()) return;
  const TempFolder temp;
  Listener listener;
  const Device absent{Device::Kind::Cuda, kernels::cuda::device_count()};
  const auto request = request_of("SHAN", input_of("none", temp.path(), {"epochs=1"}), temp / "run", absent);
  CHECK(message_of<DeviceError>([&] { train(request, listener); }).starts_with("no CUDA device: cuda:"));
  CHECK_FALSE(fs::exists(temp / "run"));
}

}  // namespace seqrec::train
