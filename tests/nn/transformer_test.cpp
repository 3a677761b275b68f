#include "nn/transformer.h"

#include <cmath>

#include <doctest/doctest.h>

#include "autograd/gradcheck.h"
#include "autograd/ops/reduce.h"
#include "core/error.h"
#include "kernels/copy.h"
#include "tests/kernels/parity.h"

using namespace seqrec;
using namespace seqrec::nn;

namespace {

TransformerOptions small() {
  return {.n_heads = 3,
          .hidden_size = 6,
          .inner_size = 5,
          .hidden_dropout_prob = 0,
          .attn_dropout_prob = 0,
          .initializer_range = 0.5};
}

Tensor input(std::int64_t values, std::int64_t width) { return kernels::random_tensor({values, width}, DType::F64, 7); }

/// Sequences of 3 and 2 values.
const Windows kCausal({0, 0, 0, 3, 3}, {1, 2, 3, 4, 5}, 5);
const Windows kWhole({0, 0, 0, 3, 3}, {3, 3, 3, 5, 5}, 5);

std::vector<double> row(const Tensor& x, std::int64_t i) { return kernels::clone(x.select(0, i)).to_vector<double>(); }

}  // namespace

TEST_CASE("a transformer's parameters have RecBole's names") {
  TransformerOptions options = small();
  options.n_layers = 1;
  const TransformerEncoder encoder(Root(1, DType::F64), options);
  std::vector<std::string> names;
  for (const auto& [name, parameter] : encoder.parameters()) names.push_back(name);
  const std::string attention = "layer.0.multi_head_attention.", forward = "layer.0.feed_forward.";
  std::vector<std::string> expected;
  for (const char* part : {"query", "key", "value", "dense", "LayerNorm"})
    for (const char* kind : {".weight", ".bias"}) expected.push_back(attention + part + kind);
  for (const char* part : {"dense_1", "dense_2", "LayerNorm"})
    for (const char* kind : {".weight", ".bias"}) expected.push_back(forward + part + kind);
  CHECK(names == expected);
}

TEST_CASE("a causal encoder's outputs don't depend on what comes later, a bidirectional one's do") {
  TransformerEncoder encoder(Root(1, DType::F64), small());
  const Tensor x = input(5, 6), changed = kernels::clone(x);
  Tensor later = changed.slice(0, 2, 3);
  kernels::fill(3.0, later);
  for (const bool causal : {true, false}) {
    const Windows& windows = causal ? kCausal : kWhole;
    const Tensor a = encoder(Variable(x), windows).value(), b = encoder(Variable(changed), windows).value();
    CHECK((row(a, 1) == row(b, 1)) == causal);
    CHECK(row(a, 2) != row(b, 2));
    CHECK(row(a, 3) == row(b, 3));  // another sequence
  }
}

TEST_CASE("outputs that are read alone are those of the whole, with their gradients") {
  TransformerEncoder encoder(Root(1, DType::F64), small());
  const Index read({4, 1, 1});
  const Variable x(input(5, 6), true);
  const Variable all = encoder(x, kCausal), some = encoder(x, kCausal, read);
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto expected = row(all.value(), read[i]), got = row(some.value(), i);
    for (std::size_t c = 0; c < got.size(); ++c) CHECK(got[c] == doctest::Approx(expected[c]).epsilon(1e-12));
  }
}

TEST_CASE("a transformer layer passes gradcheck") {
  for (const char* act : {"gelu", "swish", "tanh"}) {
    TransformerOptions options = small();
    options.hidden_act = act;
    TransformerEncoder encoder(Root(1, DType::F64), options);
    std::vector<Tensor> inputs{input(5, 6)};
    const auto result = autograd::gradcheck(
        [&](std::span<const Variable> x) {
          return encoder(x[0], kCausal, Index({2, 3}));
        },
        inputs);
    CHECK_MESSAGE(result.passed, result.where);
  }
}

TEST_CASE("dropout of weights and outputs: the same numbers for the same step, none in evaluation") {
  TransformerOptions options = small();
  options.hidden_dropout_prob = options.attn_dropout_prob = 0.5;
  TransformerEncoder encoder(Root(1, DType::F64), options);
  const Variable x(input(5, 6));
  const auto output = [&](std::uint64_t step) {
    encoder.begin_step(3, step);
    return encoder(x, kWhole).value().to_vector<double>();
  };
  CHECK(output(1) == output(1));
  CHECK(output(1) != output(2));
  encoder.eval();
  CHECK(output(1) == output(2));
}

TEST_CASE("bad options of a transformer are named") {
  const auto making = [](auto change) {
    TransformerOptions options = small();
    change(options);
    TransformerEncoder encoder(Root(1, DType::F64), options);
  };
  CHECK_THROWS_WITH_AS(making([](auto& o) { o.n_heads = 4; }), "hidden_size must be a multiple of n_heads: got 6 and 4",
                       ConfigError);
  CHECK_THROWS_WITH_AS(making([](auto& o) { o.n_heads = 0; }), "hidden_size must be a multiple of n_heads: got 6 and 0",
                       ConfigError);
  CHECK_THROWS_WITH_AS(making([](auto& o) { o.hidden_act = "mish"; }),
                       "hidden_act: got 'mish', expected gelu, relu, swish, tanh or sigmoid", ConfigError);
  CHECK_THROWS_WITH_AS(making([](auto& o) { o.n_layers = 0; }),
                       "n_layers, hidden_size and inner_size must be at least 1: got 0, 6 and 5", ConfigError);
  CHECK_THROWS_WITH_AS(making([](auto& o) { o.attn_dropout_prob = 1; }),
                       "a dropout probability must lie in [0, 1), got 1", ConfigError);
}
