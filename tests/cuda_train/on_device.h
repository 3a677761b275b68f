#pragma once

#include <algorithm>
#include <cstdio>

#include <doctest/doctest.h>

#include "core/file.h"
#include "infer/session.h"
#include "kernels/cuda.h"
#include "models/histories_file.h"
#include "tests/train/listener.h"
#include "tests/train/toy.h"
#include "train/run.h"
#include "train/trainer.h"

/// The whole program's work on a device, beside the same on the CPU: what the models' tests share.
namespace seqrec::train {

namespace fs = std::filesystem;

inline bool has_gpu() {
  static const bool has = [] {
    if (!kernels::cuda::available())
      std::printf("SKIPPED training on a device: no CUDA device: %s\n", kernels::cuda::absence().c_str());
    return kernels::cuda::available();
  }();
  return has;
}

/// The last device, so that nothing gets by with device 0 alone.
inline Device gpu() { return {Device::Kind::Cuda, kernels::cuda::device_count() - 1}; }

/// Vectors of 8, unless the settings say otherwise under the name that transformers have for them.
inline data::ConfigInput input_of(const std::string& dataset, const fs::path& data, std::vector<std::string> settings) {
  data::ConfigInput input;
  input.options = {{"dataset", dataset, "--dataset"}, {"data_path", data.string(), "--data-path"}};
  input.settings = {"metrics=[Hit, MRR]",     "topk=5",
                    "valid_metric=MRR@5",     "learning_rate=0.01",
                    "metric_decimal_place=6", "MAX_ITEM_LIST_LENGTH=10"};
  const auto is_width = [](const std::string& setting) { return setting.starts_with("hidden_size="); };
  if (std::ranges::none_of(settings, is_width)) input.settings.push_back("embedding_size=8");
  input.settings.insert(input.settings.end(), settings.begin(), settings.end());
  return input;
}

inline TrainRequest request_of(const char* model, const data::ConfigInput& input, const fs::path& out, Device device) {
  TrainRequest request;
  request.model = model;
  request.config = input;
  request.out = out;
  request.device = device;
  return request;
}

inline void check_close(const MetricValues& got, const MetricValues& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CHECK(got[i].first == expected[i].first);
    CHECK(got[i].second == doctest::Approx(expected[i].second).epsilon(1e-3));
  }
}

/// Trains on both, compares the epochs and the results, and tests and asks the device's model.
inline void compare(const char* model_name, const std::string& dataset, const fs::path& data,
                    std::vector<std::string> settings) {
  CAPTURE(model_name);
  const TempFolder temp;
  const data::ConfigInput input = input_of(dataset, data, std::move(settings));
  Listener on_cpu, on_gpu;
  const RunResult expected = train(request_of(model_name, input, temp / "cpu", kCpu), on_cpu);
  const RunResult got = train(request_of(model_name, input, temp / "gpu", gpu()), on_gpu);
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

/// Trains two epochs (of each stage that there is), and again with a stop after the second step, from which the device
/// and the CPU go on: the device to the same bits.
inline void resume(const char* model_name, std::vector<std::string> settings) {
  CAPTURE(model_name);
  const TempFolder temp;
  write_toy(temp.path());
  settings.insert(settings.end(), {"epochs=2", "train_batch_size=32"});
  const data::ConfigInput input = input_of("toy", temp.path(), std::move(settings));
  Listener whole;
  train(request_of(model_name, input, temp / "whole", gpu()), whole);
  for (const Device device : {gpu(), kCpu}) {
    Listener first, second;
    TrainRequest request = request_of(model_name, input, temp / concat("parts-", device), gpu());
    first.stop_after = 2;
    request.stop = &first.stop;
    CHECK_FALSE(train(request, first).finished);
    TrainRequest rest;
    rest.resume = request.out;
    rest.device = device;
    CHECK(train(rest, second).finished);
    const fs::path model = "model.safetensors";
    if (device == gpu()) CHECK(read_text(request.out / model) == read_text(temp / "whole" / model));
    REQUIRE(second.reports.size() == whole.reports.size());
    for (std::size_t i = 0; i < whole.reports.size(); ++i)
      CHECK(second.reports[i].loss == doctest::Approx(whole.reports[i].loss).epsilon(1e-4));
  }
}

}  // namespace seqrec::train
