// session_bench: microseconds per request, one thread, of models as large as their defaults are, and what the ten best
// items take.
#include <cstring>

#include <benchmark/benchmark.h>

#include "core/random.h"
#include "infer/session.h"
#include "kernels/byte_table.h"
#include "kernels/topk.h"
#include "models/list.h"

namespace {

using namespace seqrec;

infer::Session make_session(const std::string& name, std::int64_t users, std::int64_t items) {
  models::ModelFile file;
  for (std::int64_t i = 1; i < users; ++i) file.users.add(std::to_string(i));
  for (std::int64_t i = 1; i < items; ++i) file.items.add(std::to_string(i));
  file.spec = {name, users, items, Json::object()};
  if (name == "S3Rec") file.spec.hyper_parameters["train_stage"] = "finetune";
  file.spec.hyper_parameters = complete_values(models::model_info(name).keys, file.spec.hyper_parameters, "");
  file.config = file.spec.hyper_parameters;
  auto model = models::make_model(file.spec, DType::F32, 1);
  return infer::Session({std::move(file), std::move(model)});
}

infer::Request make_request() {
  infer::Request request;
  request.user = "7";
  request.history.emplace();
  for (int i = 0; i < 50; ++i) request.history->push_back(std::to_string(1 + 31 * i));
  request.exclude_seen = true;
  return request;
}

void one_request(benchmark::State& state, const char* model) {
  const infer::Session session = make_session(model, 1000, state.range(0));
  const infer::Request request = make_request();
  for (auto _ : state) benchmark::DoNotOptimize(session.recommend(request));
}
#define SEQREC_ONE_REQUEST(model)               \
  BENCHMARK_CAPTURE(one_request, model, #model) \
      ->ArgName("items")                        \
      ->Arg(1683)                               \
      ->Arg(12'101)                             \
      ->Arg(100'000)                            \
      ->Unit(benchmark::kMicrosecond);
SEQREC_ONE_REQUEST(SHAN)
SEQREC_ONE_REQUEST(Caser)
SEQREC_ONE_REQUEST(SRGNN)
SEQREC_ONE_REQUEST(S3Rec)

void batch_of_256(benchmark::State& state) {
  const infer::Session session = make_session("SHAN", 1000, state.range(0));
  const std::vector<infer::Request> requests(256, make_request());
  for (auto _ : state) benchmark::DoNotOptimize(session.recommend(requests));
  state.SetItemsProcessed(state.iterations() * 256);
}
BENCHMARK(batch_of_256)->ArgName("items")->Arg(1683)->Arg(100'000)->Unit(benchmark::kMicrosecond);

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
