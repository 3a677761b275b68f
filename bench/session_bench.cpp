// session_bench: microseconds per request, one thread, of models as large as their defaults are, and what the ten best
// items take.
#include <cstring>
#include <filesystem>
#include <memory>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "core/random.h"
#include "infer/session.h"
#include "kernels/byte_table.h"
#include "kernels/topk.h"
#include "models/list.h"

namespace {

using namespace seqrec;

models::LoadedModel make_model(const std::string& name, std::int64_t users, std::int64_t items) {
  models::ModelFile file;
  for (std::int64_t i = 1; i < users; ++i) file.users.add(std::to_string(i));
  for (std::int64_t i = 1; i < items; ++i) file.items.add(std::to_string(i));
  file.spec = {name, users, items, Json::object()};
  if (name == "S3Rec") file.spec.hyper_parameters["train_stage"] = "finetune";
  file.spec.hyper_parameters = complete_values(models::model_info(name).keys, file.spec.hyper_parameters, "");
  file.config = file.spec.hyper_parameters;
  auto model = models::make_model(file.spec, DType::F32, 1);
  return {std::move(file), std::move(model)};
}

infer::Session make_session(const std::string& name, std::int64_t users, std::int64_t items) {
  return infer::Session(make_model(name, users, items));
}

std::vector<std::int32_t> make_history() {
  std::vector<std::int32_t> history;
  for (int i = 0; i < 50; ++i) history.push_back(1 + 31 * i);
  return history;
}

infer::Request make_request() {
  infer::Request request;
  request.user = "7";
  request.history.emplace();
  for (const std::int32_t id : make_history()) request.history->push_back(std::to_string(id));
  request.exclude_seen = true;
  return request;
}

/// By tokens.
void one_request(benchmark::State& state, const char* model) {
  const infer::Session session = make_session(model, 1000, state.range(0));
  const infer::Request request = make_request();
  for (auto _ : state) benchmark::DoNotOptimize(session.recommend(request));
}
/// By ids, in a workspace; threads share the session.
void one_in_ids(benchmark::State& state, const char* model) {
  static std::unique_ptr<infer::Session> session;
  if (state.thread_index() == 0) session = std::make_unique<infer::Session>(make_model(model, 1000, state.range(0)));
  const std::vector<std::int32_t> history = make_history();
  infer::IdRequest request;
  request.history = history;
  request.user = 7;
  request.exclude_seen = true;
  infer::Workspace workspace;
  infer::ScoredId best[10];
  for (auto _ : state) benchmark::DoNotOptimize(session->recommend(request, workspace, best));
  state.SetItemsProcessed(state.iterations());
}
#define SEQREC_ONE_REQUEST(model)               \
  BENCHMARK_CAPTURE(one_request, model, #model) \
      ->ArgName("items")                        \
      ->Arg(1683)                               \
      ->Arg(12'101)                             \
      ->Arg(100'000)                            \
      ->Unit(benchmark::kMicrosecond);          \
  BENCHMARK_CAPTURE(one_in_ids, model, #model)  \
      ->ArgName("items")                        \
      ->Arg(1683)                               \
      ->Arg(12'101)                             \
      ->ThreadRange(1, 2)                       \
      ->UseRealTime()                           \
      ->Unit(benchmark::kMicrosecond);
SEQREC_ONE_REQUEST(SHAN)
SEQREC_ONE_REQUEST(Caser)
SEQREC_ONE_REQUEST(SRGNN)
SEQREC_ONE_REQUEST(S3Rec)
BENCHMARK_CAPTURE(one_in_ids, DIEN, "DIEN")->ArgName("items")->Arg(1683)->Arg(100'000)->Unit(benchmark::kMillisecond);

/// A session that grows from 5 items to 49, or beyond 50, asked after each.
void one_appended(benchmark::State& state, const char* model, std::size_t first, std::size_t last) {
  const infer::Session session = make_session(model, 1000, state.range(0));
  Random random(random_stream(1, Purpose::Test, 4));
  std::vector<std::int32_t> history(last);
  for (std::int32_t& item : history)
    item = 1 + static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(state.range(0) - 1)));
  infer::Workspace workspace;
  models::LastWindow window;
  infer::ScoredId best[10];
  std::size_t n = last;
  for (auto _ : state) {
    n = n < last ? n + 1 : first;
    infer::IdRequest request;
    request.history = std::span(history).first(n);
    request.last = state.range(1) != 0 ? &window : nullptr;
    benchmark::DoNotOptimize(session.recommend(request, workspace, best));
  }
}
#define SEQREC_APPENDED(model)                                      \
  BENCHMARK_CAPTURE(one_appended, model##_growing, #model, 5, 49)   \
      ->ArgNames({"items", "kept"})                                 \
      ->ArgsProduct({{1683, 100'000}, {0, 1}})                      \
      ->Unit(benchmark::kMicrosecond);                              \
  BENCHMARK_CAPTURE(one_appended, model##_sliding, #model, 60, 160) \
      ->ArgNames({"items", "kept"})                                 \
      ->ArgsProduct({{1683, 100'000}, {0, 1}})                      \
      ->Unit(benchmark::kMicrosecond);
SEQREC_APPENDED(SRGNN)
SEQREC_APPENDED(S3Rec)

/// Ten candidates after a history of one item: what a call costs by itself.
void ten_candidates(benchmark::State& state, const char* model) {
  const infer::Session session = make_session(model, 1000, 1683);
  const auto candidates = session.items(std::vector<std::int32_t>{1, 5, 9, 100, 101, 102, 500, 700, 901, 1600});
  const std::int32_t history[] = {77};
  infer::IdRequest request;
  request.history = history;
  request.candidates = candidates.get();
  infer::Workspace workspace;
  infer::ScoredId best[10];
  for (auto _ : state) benchmark::DoNotOptimize(session.recommend(request, workspace, best));
}
BENCHMARK_CAPTURE(ten_candidates, SHAN, "SHAN")->Unit(benchmark::kNanosecond);
BENCHMARK_CAPTURE(ten_candidates, SRGNN, "SRGNN")->Unit(benchmark::kNanosecond);

/// From a model file to its first answer.
void open_and_answer(benchmark::State& state, const char* model) {
  const auto path = std::filesystem::temp_directory_path() / ("session_bench_" + std::to_string(getpid()));
  {
    const models::LoadedModel made = make_model(model, 944, state.range(0));
    models::save_model_file(path, made.file, *made.model);
  }
  const infer::Request request = make_request();
  for (auto _ : state) {
    const infer::Session session(path);
    benchmark::DoNotOptimize(session.recommend(request));
  }
  std::filesystem::remove(path);
}
#define SEQREC_OPEN(model) \
  BENCHMARK_CAPTURE(open_and_answer, model, #model)->ArgName("items")->Arg(1683)->Unit(benchmark::kMillisecond);
SEQREC_OPEN(SHAN)
SEQREC_OPEN(Caser)
SEQREC_OPEN(SRGNN)
SEQREC_OPEN(S3Rec)
SEQREC_OPEN(DIEN)

/// By ids, each with a history of its own.
void batch_of_256(benchmark::State& state, const char* model) {
  const infer::Session session = make_session(model, 1000, state.range(0));
  Random random(random_stream(1, Purpose::Test, 3));
  std::vector<std::vector<std::int32_t>> histories(256, std::vector<std::int32_t>(50));
  std::vector<infer::ScoredId> best(2560);
  std::vector<infer::IdRequest> requests(256);
  std::vector<infer::IdAnswer> answers(256);
  for (std::size_t i = 0; i < 256; ++i) {
    for (std::int32_t& item : histories[i])
      item = 1 + static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(state.range(0) - 1)));
    requests[i].history = histories[i];
    requests[i].user = 7;
    answers[i].best = std::span(best).subspan(10 * i, 10);
  }
  infer::Workspace workspace;
  for (auto _ : state) session.recommend(requests, workspace, answers);
  state.SetItemsProcessed(state.iterations() * 256);
}
#define SEQREC_BATCH(model)                      \
  BENCHMARK_CAPTURE(batch_of_256, model, #model) \
      ->ArgName("items")                         \
      ->Arg(1683)                                \
      ->Arg(100'000)                             \
      ->Unit(benchmark::kMicrosecond);
SEQREC_BATCH(SHAN)
SEQREC_BATCH(Caser)
SEQREC_BATCH(SRGNN)
SEQREC_BATCH(S3Rec)

Tensor random_table(std::int64_t rows, std::int64_t width, std::uint64_t part) {
  Random random(random_stream(1, Purpose::Test, part));
  Tensor table({rows, width});
  for (float& value : table.span<float>()) value = static_cast<float>(random.normal());
  return table;
}

/// The 10 best of a table of vectors of 64 floats, by reading them, or their bytes and the floats of few.
template <bool bytes>
void ten_best(benchmark::State& state) {
  const Tensor table = random_table(state.range(0), 64, 1), hidden = random_table(state.range(1), 64, 2);
  Tensor values({hidden.size(0), 10}), ids({hidden.size(0), 10}, DType::I32);
  const kernels::ByteTable small(table);
  for (auto _ : state) {
    if (bytes)
      small.score_topk(hidden, 1, {}, 10, values, ids);
    else
      kernels::score_topk(hidden, table, 1, {}, 10, values, ids);
  }
}
BENCHMARK(ten_best<false>)
    ->ArgNames({"items", "rows"})
    ->ArgsProduct({{1683, 12'101, 1'000'000}, {1, 64}})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(ten_best<true>)
    ->ArgNames({"items", "rows"})
    ->ArgsProduct({{1683, 12'101, 1'000'000}, {1, 64}})
    ->Unit(benchmark::kMicrosecond);

/// What it takes to read as many bytes as that many vectors of 64 have: the bound of ten_best<true> for one row.
void read_bytes(benchmark::State& state) {
  const std::vector<std::uint64_t> words(static_cast<std::size_t>(state.range(0)) * 8, 1);
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (const std::uint64_t word : words) sum += word;
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(read_bytes)->ArgName("items")->Arg(12'101)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);

/// What opening a session pays for it.
void make_bytes(benchmark::State& state) {
  const Tensor table = random_table(state.range(0), 64, 1);
  for (auto _ : state) benchmark::DoNotOptimize(kernels::ByteTable(table));
}
BENCHMARK(make_bytes)->ArgName("items")->Arg(1683)->Arg(12'101)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
