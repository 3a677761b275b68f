#include "nn/scope.h"

#include <array>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/parallel.h"
#include "core/random.h"
#include "kernels/copy.h"
#include "nn/linear.h"
#include "tests/message_of.h"

namespace seqrec::nn {
namespace {

std::vector<double> numbers(const Variable& parameter) { return parameter.value().to_vector<double>(); }

TEST_CASE("a scope has the path for a name, and the tree's dtype and device") {
  const Root root(1, DType::F64);
  CHECK(root.name().empty());
  const Scope layer = root / "encoder" / "layer.0";
  CHECK(layer.name() == "encoder.layer.0");
  CHECK(layer.dtype() == DType::F64);
  CHECK(layer.device() == kCpu);
  CHECK(layer.parameter("w", {2}, zeros()).dtype() == DType::F64);
  CHECK(message_of<UsageError>([&] { layer / ""; }) == "[scope] a part of 'encoder.layer.0' needs a name");
  CHECK(message_of<ShapeError>([] { Root(1, DType::I64); }) == "[scope] parameters are f32 or f64, not i64");
}

TEST_CASE("initial values depend on the seed and the full name alone") {
  const Root a(3, DType::F64), b(3, DType::F64), c(4, DType::F64);
  const auto first = numbers((a / "part").parameter("w", {4}, normal(1)));
  (b / "other").parameter("w", {500}, normal(1));
  const Scope again = b / "part";
  const auto bias = numbers(again.parameter("b", {4}, normal(1)));
  CHECK(numbers(again.parameter("w", {4}, normal(1))) == first);
  CHECK(bias != first);
  CHECK(numbers((c / "part").parameter("w", {4}, normal(1))) != first);
  // "part" / "w" and "part.w" are one name.
  CHECK(numbers(Root(3, DType::F64).parameter("part.w", {4}, normal(1))) == first);
}

TEST_CASE("the numbers of a name are what they always were") {
  // A change here changes every fresh model.
  const Root root(2024, DType::F64);
  const auto got = numbers((root / "item_embedding").parameter("weight", {3}, uniform(1)));
  REQUIRE(got.size() == 3);
  CHECK(got[0] == -0x1.0dd4df46c634p-1);
}

TEST_CASE("a name can be given once, however it is put together") {
  const Root root(1);
  const Linear first(root / "fc", 2, 2);
  CHECK(message_of<UsageError>([&] { Linear(root / "fc", 2, 2); }) == "[scope] two parameters are named fc.weight");
  CHECK(message_of<UsageError>([&] { root.parameter("fc.bias", {1}, zeros()); }) ==
        "[scope] two parameters are named fc.bias");
  CHECK(message_of<UsageError>([&] { (root / "fc").buffer("bias", Tensor::zeros({}, DType::I64)); }) ==
        "[scope] two parameters are named fc.bias");
}

TEST_CASE("initial values have the spread that they promise") {
  const Root root(5, DType::F64);
  int count = 0;
  const auto moments = [&](Shape shape, const Initial& initial) {
    double sum = 0, squares = 0, most = 0;
    const auto values = numbers(root.parameter(concat("p", count++), shape, initial));
    for (const double value : values) {
      sum += value;
      squares += value * value;
      most = std::max(most, std::abs(value));
    }
    const auto n = static_cast<double>(values.size());
    return std::array{sum / n, std::sqrt(squares / n), most};
  };
  const auto bell = moments({100, 100}, normal(0.5));
  CHECK(std::abs(bell[0]) < 0.02);
  CHECK(bell[1] == doctest::Approx(0.5).epsilon(0.03));
  const auto flat = moments({100, 100}, uniform(0.3));
  CHECK(flat[2] <= 0.3);
  CHECK(flat[1] == doctest::Approx(0.3 / std::sqrt(3.0)).epsilon(0.03));
  CHECK(moments({100, 300}, xavier_normal())[1] == doctest::Approx(std::sqrt(2.0 / 400)).epsilon(0.03));
  CHECK(moments({100, 300}, xavier_uniform())[2] <= std::sqrt(6.0 / 400));
  CHECK(moments({3}, zeros())[2] == 0);
  CHECK(moments({3}, constant(2))[0] == 2);
}

TEST_CASE("initial values are the same on any number of threads, and one after the other's are others") {
  const auto two = [](Tensor& values, Random& random) {
    Tensor first = values.select(0, 0), second = values.select(0, 1);
    normal(1)(first, random);
    uniform(1)(second, random);
  };
  const auto drawn = [&] { return numbers(Root(7, DType::F64).parameter("w", {2, 10'007}, two)); };
  const auto once = drawn();
  set_num_threads(3);
  const auto again = drawn();
  set_num_threads(1);
  CHECK(again == once);
  Random random(random_stream(named_seed(7, "w"), Purpose::Initialise));
  for (std::size_t i = 0; i < 10'007; ++i) REQUIRE(once[i] == random.normal());
  for (std::size_t i = 10'007; i < once.size(); ++i) REQUIRE(once[i] == 2.0 * random.uniform() - 1.0);
}

TEST_CASE("a parameter may begin with numbers of one's own") {
  const Root root(1);
  const Variable given = root.parameter("given", {2}, values(Tensor::from<double>({0.5, -1}, {2})));
  CHECK(given.value().to_vector<float>() == std::vector<float>{0.5f, -1.0f});
  const Variable twos = root.parameter("twos", {2}, [](Tensor& values, Random&) { kernels::fill(2, values); });
  CHECK(twos.value().to_vector<float>() == std::vector<float>{2, 2});
}

TEST_CASE("an initialiser that doesn't fit names the parameter") {
  const Root root(1);
  CHECK(message_of<ShapeError>([&] { (root / "a").parameter("b", {3}, xavier_normal()); }) ==
        "parameter a.b: xavier needs a weight [out, in], got (3)");
  CHECK(message_of<ShapeError>([&] { root.parameter("c", {3}, values(Tensor::zeros({2}))); }) ==
        "parameter c: expected initial values of shape (3), got (2)");
}

TEST_CASE("a blank tree asks about each parameter before it is made") {
  std::vector<std::string> asked;
  const Root root = Root::blank(DType::F32, kCpu, [&](const std::string& name, const Shape& shape) {
    asked.push_back(concat(name, " ", shape));
    require<FormatError>(shape.numel() < 100, "not that many");
  });
  CHECK(root.parameter("small", {2}, normal(1)).shape() == Shape{2});
  (root / "norm").buffer("mean", {3}, zeros());
  CHECK(message_of<FormatError>([&] {
          (root / "table").parameter("weight", {1 << 20, 1 << 20}, zeros());
        }) == "not that many");
  CHECK(asked == std::vector<std::string>{"small (2)", "norm.mean (3)", "table.weight (1048576, 1048576)"});
}

TEST_CASE("what is made later is in the mode and the step of its place") {
  const Root root(1);
  struct Net : Module {
    using Module::Module;
    std::uint64_t step() { return next_stream(Purpose::Test).stream << 8 >> 8; }
  };
  Net outer(root);
  outer.eval();
  outer.begin_step(3, 7);
  Net inner(root / "inner");
  CHECK_FALSE(inner.training());
  CHECK(inner.step() == 7);
}

}  // namespace
}  // namespace seqrec::nn
