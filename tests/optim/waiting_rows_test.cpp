#include "optim/waiting_rows.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/reduce.h"
#include "core/parallel.h"
#include "core/random.h"
#include "kernels/copy.h"
#include "optim/clip.h"
#include "optim/rules.h"
#include "tests/kernels/parity.h"
#include "tests/message_of.h"

namespace seqrec::optim {
namespace {

using kernels::check_same;

constexpr std::int64_t kRows = 300, kWidth = 6;

using Make = std::function<std::unique_ptr<Optimizer>(Parameters)>;

std::vector<Make> makers() {
  const auto one = []<class Kind, class Options>(Kind*, Options options) -> Make {
    return [options](Parameters parameters) { return std::make_unique<Kind>(std::move(parameters), options); };
  };
  std::vector<Make> all;
  for (const double decay : {0., 0.02}) {
    all.push_back(one(static_cast<Adam*>(nullptr), AdamOptions{.learning_rate = 0.01, .weight_decay = decay}));
    all.push_back(one(static_cast<AdamW*>(nullptr), AdamWOptions{.learning_rate = 0.01, .weight_decay = decay}));
    all.push_back(one(static_cast<RmsProp*>(nullptr), RmsPropOptions{.weight_decay = decay}));
    all.push_back(one(static_cast<Adagrad*>(nullptr), AdagradOptions{.weight_decay = decay}));
    for (const double momentum : {0., 0.9})
      all.push_back(one(static_cast<Sgd*>(nullptr),
                        SgdOptions{.learning_rate = 0.01, .momentum = momentum, .weight_decay = decay}));
  }
  return all;
}

Variable table(DType dtype = DType::F32) {
  return Variable(kernels::random_tensor({kRows, kWidth}, dtype, 1, 0.1), true);
}

/// Some rows of the table, drawn by the step; now and then none is new, or the first and the last one.
Index ids_of(std::int64_t step) {
  Random random(random_stream(5, Purpose::Test, static_cast<std::uint64_t>(step)));
  std::vector<std::int32_t> ids = {static_cast<std::int32_t>(step % 7 == 0 ? kRows - 1 : 0)};
  for (int i = 0; i < 12; ++i) ids.push_back(static_cast<std::int32_t>(random.below(step % 3 == 0 ? 5 : kRows)));
  return Index(ids);
}

/// A loss of looked-up rows, twice in a row; each tenth step also of the whole table.
Variable loss_of(const Variable& table, std::int64_t step, bool whole) {
  const Variable rows = autograd::embedding(table, ids_of(step), /*padding=*/0);
  const Variable others = autograd::embedding(table, ids_of(step + 1000));
  Variable loss = autograd::sum(autograd::square(rows - others)) + autograd::mean(autograd::square(rows));
  if (whole && step % 10 == 0) loss = loss + autograd::sum(autograd::square(table));
  return loss;
}

struct Run {
  explicit Run(const Make& make, DType dtype = DType::F32) : w(table(dtype)), optimizer(make({{"w", w}})) {}
  void step(std::int64_t step, bool whole) {
    if (step % 16 == 0) optimizer->set_learning_rate(0.02 / static_cast<double>(1 + step % 5));
    autograd::backward(loss_of(w, step, whole));
    clip_norm({{"w", w}}, {.max_norm = 0.5});
    optimizer->step();
    optimizer->clear_grad();
  }
  Variable w;
  std::unique_ptr<Optimizer> optimizer;
};

void check_equal(const Run& a, const Run& b) {
  const auto x = a.optimizer->state(), y = b.optimizer->state();
  REQUIRE(x.size() == y.size());
  for (std::size_t i = 0; i < x.size(); ++i) check_same(x[i].second, y[i].second);
  check_same(a.w.value(), b.w.value());
}

/// The bits of a row as they lie there, whatever they wait for.
std::vector<float> stored(const Variable& w, std::int64_t row) {
  return kernels::clone(w.rows(Index()).select(0, row)).to_vector<float>();
}

TEST_CASE("rows that wait end in the bits of rows that are moved at once") {
  const int threads = num_threads();
  for (const Make& make : makers())
    for (const DType dtype : {DType::F32, DType::F64})
      for (const bool whole : {false, true}) {
        Run at_once(make, dtype), waits(make, dtype);
        const Tensor held = at_once.w.value();
        for (std::int64_t step = 1; step <= 70; ++step) {
          set_num_threads(step % 2 == 0 ? 3 : 1);
          at_once.step(step, whole);
          waits.step(step, whole);
          if (step % 23 == 0) check_equal(waits, at_once);
        }
        check_equal(waits, at_once);
      }
  set_num_threads(threads);
}

TEST_CASE("rows wait until they are read, each by itself") {
  Run run([](Parameters p) { return std::make_unique<AdamW>(std::move(p), AdamWOptions{.weight_decay = 0.1}); });
  const std::vector<std::int32_t> first = {3, 5};
  std::set<std::int32_t> taken;
  for (std::int64_t step = 1; step <= 4; ++step)
    for (const std::int64_t of : {step, step + 1000}) {
      const Index ids = ids_of(of);
      taken.insert(ids.host().begin(), ids.host().end());
    }
  std::vector<std::int32_t> idle;
  for (std::int32_t row = 1; row < kRows && idle.size() < 3; ++row)
    if (!taken.contains(row)) idle.push_back(row);
  REQUIRE(idle.size() == 3);
  const auto before = stored(run.w, idle[0]);
  for (std::int64_t step = 1; step <= 4; ++step) run.step(step, false);
  for (const std::int32_t row : idle) CHECK(stored(run.w, row) == stored(table(), row));
  const auto read = autograd::embedding(run.w, Index({idle[1], idle[1], idle[0]})).value();
  CHECK(stored(run.w, idle[0]) != before);
  CHECK(kernels::clone(read.select(0, 2)).to_vector<float>() == stored(run.w, idle[0]));
  CHECK(stored(run.w, idle[2]) == stored(table(), idle[2]));  // not asked for
  static_cast<void>(run.w.value());
  CHECK(stored(run.w, idle[2]) != stored(table(), idle[2]));
  CHECK(message_of<ShapeError>([&] { autograd::embedding(run.w, Index({static_cast<std::int32_t>(kRows)})); }) ==
        "[gather_rows] ids: expected ids below 300, got 300");
}

TEST_CASE("more steps are missed than are kept at once") {
  const Make make = [](Parameters p) { return std::make_unique<Adam>(std::move(p)); };
  Run at_once(make), waits(make);
  const Tensor held = at_once.w.value();
  for (std::int64_t step = 1; step <= 2100; ++step)
    for (Run* run : {&at_once, &waits}) {
      autograd::backward(autograd::sum(autograd::square(autograd::embedding(
          run->w, Index({static_cast<std::int32_t>(step < 3 ? step : 2), static_cast<std::int32_t>(step % 4 + 7)})))));
      run->optimizer->step();
      run->optimizer->clear_grad();
    }
  check_equal(waits, at_once);
}

TEST_CASE("who holds a table sees every step") {
  Run run([](Parameters p) { return std::make_unique<AdamW>(std::move(p), AdamWOptions{.weight_decay = 0.1}); });
  run.step(1, false);
  const Tensor held = run.w.value();
  const double before = held.at<float>({kRows - 2, 0});
  run.step(2, false);
  CHECK(held.at<float>({kRows - 2, 0}) != before);
  CHECK(stored(run.w, kRows - 2)[0] == held.at<float>({kRows - 2, 0}));
}

TEST_CASE("a saved state in the middle goes on to the same bits") {
  for (const Make& make : makers()) {
    Run first(make);
    for (std::int64_t step = 1; step <= 20; ++step) first.step(step, false);
    Run second(make);
    for (std::int64_t step = 1; step <= 31; ++step) second.step(step, false);  // to another state, with rows that wait
    const auto from = first.optimizer->state(), to = second.optimizer->state();
    for (std::size_t i = 0; i < from.size(); ++i) {
      Tensor place = to[i].second;
      kernels::copy(from[i].second, place);
    }
    Tensor place = second.w.value();
    kernels::copy(first.w.value(), place);
    second.optimizer->set_learning_rate(first.optimizer->learning_rate());
    for (std::int64_t step = 21; step <= 40; ++step) first.step(step, false), second.step(step, false);
    check_equal(second, first);
  }
}

TEST_CASE("another optimiser, another value and the end of the optimiser find rows as they should be") {
  const Make make = [](Parameters p) {
    return std::make_unique<AdamW>(std::move(p), AdamWOptions{.learning_rate = 0.01, .weight_decay = 0.1});
  };
  Run at_once(make), waits(make);
  auto other_at_once = make({{"w", at_once.w}}), other = make({{"w", waits.w}});
  {
    const Tensor held = at_once.w.value();
    for (std::int64_t step = 1; step <= 12; ++step) {
      if (step % 4 == 0) std::swap(at_once.optimizer, other_at_once), std::swap(waits.optimizer, other);
      at_once.step(step, false);
      waits.step(step, false);
    }
  }
  check_equal(waits, at_once);
  waits.step(13, false);
  at_once.step(13, false);
  waits.optimizer = nullptr;
  static_cast<void>(at_once.w.value());
  check_same(waits.w.value(), at_once.w.value());
  other->clear_grad();
  at_once.step(14, false);
  const Tensor zeros = Tensor::zeros({kRows, kWidth});
  at_once.w.set_value(kernels::clone(zeros));
  check_same(at_once.w.value(), zeros);
}

TEST_CASE("only a leaf's rows can wait") {
  const Variable sum = table() + table();
  CHECK(message_of([&] { Variable(sum).wait(nullptr); }) == "[variable] only a leaf's rows can wait");
}

}  // namespace
}  // namespace seqrec::optim
