// The whole program's work on a device: training, resuming, testing, recommending, beside the same on the CPU.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <doctest/doctest.h>

#include "core/file.h"
#include "infer/session.h"
#include "kernels/cuda.h"
#include "models/histories_file.h"
#include "tests/message_of.h"
#include "tests/train/listener.h"
#include "tests/train/toy.h"
#include "train/run.h"
#include "train/trainer.h"

namespace seqrec::train {
namespace {

namespace fs = std::filesystem;

bool has_gpu() {
  static const bool has = [] {
    if (!kernels::cuda::available())
      std::printf("SKIPPED training on a device: no CUDA device: %s\n", kernels::cuda::absence().c_str());
    return kernels::cuda::available();
  }();
  return has;
}

/// The last device, so that nothing gets by with device 0 alone.
Device gpu() { return {Device::Kind::Cuda, kernels::cuda::device_count() - 1}; }

/// Counts the host's waits, too.
class WaitingListener : public Listener {
 public:
  void on_step(const Progress& progress) override {
    waits.push_back(kernels::cuda::synchronizations());
    Listener::on_step(progress);
  }
  std::vector<std::int64_t> waits;
};

data::ConfigInput input_of(const std::string& dataset, const fs::path& data, std::vector<std::string> settings) {
  data::ConfigInput input;
  input.options = {{"dataset", dataset, "--dataset"}, {"data_path", data.string(), "--data-path"}};
  input.settings = {"embedding_size=8",       "metrics=[Hit, MRR]", "topk=5",
                    "valid_metric=MRR@5",     "learning_rate=0.01", "metric_decimal_place=6",
                    "MAX_ITEM_LIST_LENGTH=10"};
  input.settings.insert(input.settings.end(), settings.begin(), settings.end());
  return input;
}

TrainRequest request_of(const data::ConfigInput& input, const fs::path& out, Device device) {
  TrainRequest request;
  request.model = "SHAN";
  request.config = input;
  request.out = out;
  request.device = device;
  return request;
}

void check_close(const MetricValues& got, const MetricValues& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CHECK(got[i].first == expected[i].first);
    CHECK(got[i].second == doctest::Approx(expected[i].second).epsilon(1e-3));
  }
}

/// Trains on both, compares the epochs and the results, and tests and asks the device's model.
void compare(const std::string& dataset, const fs::path& data, std::vector<std::string> settings) {
  const TempFolder temp;
  const data::ConfigInput input = input_of(dataset, data, std::move(settings));
  Listener on_cpu, on_gpu;
  const RunResult expected = train(request_of(input, temp / "cpu", kCpu), on_cpu);
  const RunResult got = train(request_of(input, temp / "gpu", gpu()), on_gpu);
  REQUIRE(on_gpu.reports.size() == on_cpu.reports.size());
  for (std::size_t i = 0; i < on_cpu.reports.size(); ++i) {
    CHECK(on_gpu.reports[i].loss == doctest::Approx(on_cpu.reports[i].loss).epsilon(1e-4));
    check_close(on_gpu.reports[i].valid, on_cpu.reports[i].valid);
  }
  check_close(got.test, expected.test);

  Listener listener;
  const fs::path model = temp / "gpu/model.safetensors";
  data::ConfigInput given;
  given.options = {{"dataset", dataset, "--dataset"}, {"data_path", data.string(), "--data-path"}};
  check_close(evaluate({model, given, gpu()}, listener).test, got.test);

  infer::SessionOptions options;
  options.device = gpu();
  infer::Session cpu_session(model), gpu_session(model, options);
  infer::Request request;
  request.k = 5;
  for (infer::Session* session : {&cpu_session, &gpu_session}) session->load_histories(models::histories_path(model));
  for (std::int32_t user = 1; user < std::min(6, cpu_session.file().users.size()); ++user) {
    request.user = cpu_session.file().users.token(user);
    request.exclude_seen = user % 2 == 0;
    const infer::Answer a = cpu_session.recommend(request), b = gpu_session.recommend(request);
    REQUIRE(a.items.size() == b.items.size());
    for (std::size_t i = 0; i < a.items.size(); ++i)
      CHECK(b.items[i].score == doctest::Approx(a.items[i].score).epsilon(1e-4));
  }
}

}  // namespace

TEST_CASE("cuda: training, testing and recommending give what the CPU gives") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  compare("toy", temp.path(), {"epochs=2", "train_batch_size=32"});
  compare("toy", temp.path(),
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
  compare("tiny", data, {"epochs=1", "train_batch_size=256"});
}

TEST_CASE("cuda: a training step doesn't make the host wait") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  WaitingListener listener;
  train(
      request_of(input_of("toy", temp.path(), {"epochs=1", "train_batch_size=16", "eval_step=0"}), temp / "run", gpu()),
      listener);
  REQUIRE(listener.waits.size() > 3);
  CHECK(listener.waits.back() == listener.waits.front());
}

TEST_CASE("cuda: a run that was stopped goes on, on the device and on the CPU") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  const data::ConfigInput input = input_of("toy", temp.path(), {"epochs=2", "train_batch_size=32"});
  Listener whole;
  train(request_of(input, temp / "whole", gpu()), whole);
  for (const Device device : {gpu(), kCpu}) {
    Listener first, second;
    TrainRequest request = request_of(input, temp / concat("parts-", device), gpu());
    first.stop_after = 2;
    request.stop = &first.stop;
    CHECK_FALSE(train(request, first).finished);
    TrainRequest rest;
    rest.resume = request.out;
    rest.device = device;
    CHECK(train(rest, second).finished);
    const fs::path model = "model.safetensors";
    if (device == gpu()) CHECK(read_text(request.out / model) == read_text(temp / "whole" / model));
    REQUIRE(second.reports.size() == 2);
    for (std::size_t i = 0; i < 2; ++i)
      CHECK(second.reports[i].loss == doctest::Approx(whole.reports[i].loss).epsilon(1e-4));
  }
}

TEST_CASE("cuda: pre-trained vectors and another model's rows begin a model as on the CPU") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  write_text(temp / "toy/toy.user", "user_id:token\tvector:float_seq\nu5\t1 2 3 4 5 6 7 8\n");
  Listener listener;
  const RunResult before = train(
      request_of(input_of("toy", temp.path(), {"epochs=0", "item_inter_num_interval=[6,inf)"}), temp / "before", kCpu),
      listener);
  std::vector<std::string> files;
  for (const Device device : {kCpu, gpu()}) {
    TrainRequest request =
        request_of(input_of("toy", temp.path(), {"epochs=0", "seed=3", "preload_weight={user_id: vector}"}),
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
  const TrainRequest request =
      request_of(input_of("toy", temp.path(), {"epochs=1", "train_batch_size=16", "learner=sgd", "learning_rate=1e38"}),
                 temp / "run", gpu());
  const std::string message = message_of<NumericError>([&] { train(request, listener); });
  CHECK_MESSAGE(message.find("at epoch 1, step ") != std::string::npos, message);
  CHECK_MESSAGE(message.find("--device cpu names the operation") != std::string::npos, message);
}

TEST_CASE("cuda: a device that isn't there") {
  if (!has_gpu()) return;
  const TempFolder temp;
  write_toy(temp.path());
  Listener listener;
  const Device absent{Device::Kind::Cuda, kernels::cuda::device_count()};
  const auto request = request_of(input_of("toy", temp.path(), {"epochs=1"}), temp / "run", absent);
  CHECK(message_of<DeviceError>([&] { train(request, listener); }).starts_with("no CUDA device: cuda:"));
  CHECK_FALSE(fs::exists(temp / "run/config.json"));
}

}  // namespace seqrec::train
