#include "kernels/additive_scores.h"

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

struct ScoresCase {
  const char* name;
  Windows windows;
  std::int64_t keys, width;
};

/// Prefixes of histories of `length` values, cut to their last 20.
Windows prefixes(std::int32_t histories, std::int32_t length) {
  std::vector<std::int32_t> begin, end;
  for (std::int32_t h = 0; h < histories; ++h)
    for (std::int32_t i = 1; i <= length; ++i) {
      begin.push_back(h * length);
      end.push_back(h * length + i);
    }
  return Windows(begin, end, histories * length).keep_last(20);
}

std::vector<ScoresCase> cases() {
  return {{"no windows", Windows({}, {}, 3), 2, 3},  {"empty windows", Windows({0, 0}, {0, 0}, 0), 2, 3},
          {"one value", Windows({0}, {1}, 1), 1, 1}, {"adjacent", Windows::adjacent({0, 3, 3, 10, 11}), 5, 33},
          {"prefixes", prefixes(29, 41), 97, 64},    {"few keys, wide", prefixes(3, 11), 2, 257},
          {"no columns", prefixes(1, 3), 2, 0}};
}

}  // namespace

TEST_CASE("additive scores and their gradients") {
  for (const DType dtype : kFloats)
    for (const ScoresCase& c : cases()) {
      INFO(c.name);
      const Index rows = c.windows.values() == 0 ? Index() : random_ids(c.windows.values(), c.keys, 1);
      const Tensor queries = random_tensor({c.windows.size(), c.width}, dtype, 1, 2);
      const Tensor keys = random_tensor({c.keys, c.width}, dtype, 2, 2), vector = random_tensor({c.width}, dtype, 3);
      const Tensor grad = random_tensor({c.windows.entries()}, dtype, 4);
      check_parity({grad}, 64, [&](auto& r) {
        kernels::window_additive_scores(with_gaps(queries), with_gaps(keys), with_gaps(vector), rows, c.windows, r[0]);
      });
      check_parity({queries, keys, vector}, 256, [&](auto& r) {
        kernels::window_additive_scores_backward(with_gaps(grad), with_gaps(queries), with_gaps(keys),
                                                 with_gaps(vector), rows, c.windows, r[0], r[1], r[2]);
      });
    }
}

TEST_CASE("additive scores refuse what doesn't fit") {
  const Windows windows({0, 1}, {2, 3}, 3);
  Tensor queries({2, 5}), keys({4, 5}), vector({5}), scores({4}), values({3});
  const auto message = [&](const Tensor& q, const Tensor& v, const Index& rows, Tensor& out) {
    return message_of([&] { kernels::window_additive_scores(q, keys, v, rows, windows, out); });
  };
  const Index rows({0, 3, 1});
  CHECK(message(queries, vector, rows, scores) == "");
  CHECK(message(keys, vector, rows, scores) == "[window_additive_scores] queries: expected (2, 5), got (4, 5)");
  CHECK(message(queries, scores, rows, scores) == "[window_additive_scores] vector: expected (5), got (4)");
  CHECK(message(queries, vector, Index({0, 4, 1}), scores) ==
        "[window_additive_scores] rows: expected ids below 4, got 4");
  CHECK(message(queries, vector, rows, values) == "[window_additive_scores] scores: expected (4), got (3)");
  CHECK(message_of([&] {
          kernels::window_additive_scores_backward(values, queries, keys, vector, rows, windows, queries, keys, vector);
        }) == "[window_additive_scores_backward] grad_scores: expected (4), got (3)");
}
