// session_bench: microseconds per request, one thread, for a SHAN of the size of ml-100k and one of 100,000 items.
#include <benchmark/benchmark.h>

#include "infer/session.h"
#include "models/list.h"

namespace {

using namespace seqrec;

infer::Session make_session(std::int64_t users, std::int64_t items) {
  models::ModelFile file;
  for (std::int64_t i = 1; i < users; ++i) file.users.add(std::to_string(i));
  for (std::int64_t i = 1; i < items; ++i) file.items.add(std::to_string(i));
  file.spec = {"SHAN", users, items, Json::object()};
  file.spec.hyper_parameters = complete_values(models::model_info("SHAN").keys, {}, "");
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

void one_request(benchmark::State& state) {
  const infer::Session session = make_session(1000, state.range(0));
  const infer::Request request = make_request();
  for (auto _ : state) benchmark::DoNotOptimize(session.recommend(request));
}
BENCHMARK(one_request)->ArgName("items")->Arg(1683)->Arg(100'000)->Unit(benchmark::kMicrosecond);

void batch_of_256(benchmark::State& state) {
  const infer::Session session = make_session(1000, state.range(0));
  const std::vector<infer::Request> requests(256, make_request());
  for (auto _ : state) benchmark::DoNotOptimize(session.recommend(requests));
  state.SetItemsProcessed(state.iterations() * 256);
}
BENCHMARK(batch_of_256)->ArgName("items")->Arg(1683)->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
