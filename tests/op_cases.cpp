#include "tests/op_cases.h"

#include <cmath>
#include <utility>

#include "autograd/ops/additive_scores.h"
#include "autograd/ops/attention.h"
#include "autograd/ops/compare.h"
#include "autograd/ops/convolution.h"
#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/dropout.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/graph.h"
#include "autograd/ops/gru.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/norm.h"
#include "autograd/ops/pairs.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/score_mlp.h"
#include "autograd/ops/shape.h"
#include "autograd/ops/softmax.h"
#include "autograd/ops/window.h"
#include "core/random.h"
#include "kernels/copy.h"

namespace seqrec::tests {
namespace {

using namespace autograd;  // the operations under test
using kernels::Activation;
using kernels::Unary;
using Inputs = std::span<const Variable>;

Index some_ids(std::int64_t count, std::uint32_t bound) {
  Random random(random_stream(11, Purpose::Test, static_cast<std::uint64_t>(count)));
  std::vector<std::int32_t> ids(count);
  for (std::int32_t& id : ids) id = static_cast<std::int32_t>(random.below(bound));
  return Index(std::move(ids));
}

/// Overlapping prefixes, truncated ones, single values and an empty window over 13 values.
Windows some_windows() { return Windows({0, 0, 0, 2, 5, 5, 12, 4, 0}, {1, 4, 5, 7, 5, 6, 13, 13, 13}, 13); }

Tensor fixed(const Shape& shape, const Tensor& like) {
  Tensor tensor(shape, like.dtype());
  Random random(random_stream(13, Purpose::Test));
  visit_float(like.dtype(), "fixed", [&](auto zero) {
    using T = decltype(zero);
    for (T& element : tensor.span<T>()) element = static_cast<T>(random.uniform());
  });
  return kernels::to_device(tensor, like.device());
}

/// Where a function is smooth, and its values are of a size.
std::pair<double, double> domain(Unary op) {
  switch (op) {
    case Unary::Log:
    case Unary::Sqrt: return {0.2, 3};
    case Unary::LogSigmoid: return {-20, 20};
    default: return {-3, 3};
  }
}

void add_elementwise(std::vector<OpCase>& cases) {
  for (int i = 0; i < kernels::kUnaryCount; ++i) {
    const auto op = static_cast<Unary>(i);
    const auto [low, high] = domain(op);
    for (const Shape& shape : {Shape{0}, Shape{1}, Shape{7}, Shape{3, 5}, Shape{}})
      cases.push_back(
          {concat(kernels::name_of(op), " ", shape), {shape}, [op](Inputs x) { return unary(op, x[0]); }, low, high});
  }
  using BinaryOp = Variable (*)(const Variable&, const Variable&);
  const std::pair<const char*, BinaryOp> binaries[] = {{"add", add}, {"sub", sub},         {"mul", mul},
                                                       {"div", div}, {"maximum", maximum}, {"minimum", minimum}};
  for (const auto& [name, op] : binaries) {
    const std::pair<Shape, Shape> pairs[] = {{{3, 5}, {3, 5}}, {{3, 5}, {5}},       {{3, 1}, {1, 5}}, {{5}, {3, 5}},
                                             {{}, {7}},        {{2, 3, 5}, {3, 1}}, {{0, 5}, {5}},    {{1}, {1}}};
    for (const auto& [a, b] : pairs) {
      cases.push_back({concat(name, " ", a, " ", b), {a, b}, [op = op](Inputs x) { return op(x[0], x[1]); }, 0.5, 2.0});
    }
  }
  for (const auto& [name, op] :
       {std::pair<const char*, BinaryOp>{"add", add}, {"sub", sub}, {"mul", mul}, {"div", div}})
    cases.push_back({concat(name, " with itself"), {{3, 5}}, [op = op](Inputs x) { return op(x[0], x[0]); }, 0.5, 2.0});
  for (const double p : {-1.5, -1.0, 0.0, 0.5, 1.0, 3.0})
    cases.push_back({concat("pow ", p), {{3, 5}}, [p](Inputs x) { return pow(x[0], p); }, 0.2, 3});
  cases.push_back({"pow of negative numbers", {{7}}, [](Inputs x) { return pow(x[0], 3); }, -2, -0.5});
  cases.push_back({"affine", {{3, 5}}, [](Inputs x) { return affine(x[0], -2.5, 0.75); }});
  cases.push_back({"neg and affine by operators", {{3, 5}}, [](Inputs x) {
                     return (3.0 - (-x[0] * 2.0 + 1.0 - 0.5)) / 4.0 + (0.25 + 2.0 * x[0]);
                   }});
  cases.push_back({"div of a number", {{3, 5}}, [](Inputs x) { return 1.5 / x[0]; }, 0.5, 2.0});
  cases.push_back({"clamp", {{3, 5}}, [](Inputs x) { return clamp(x[0], -0.5, 0.75); }});
  cases.push_back({"clamp of one bound", {{7}}, [](Inputs x) { return clamp(x[0], -0.5, INFINITY); }});
  cases.push_back({"clamp of nothing", {{0, 3}}, [](Inputs x) { return clamp(x[0], 0, 1); }});
  const std::array<Shape, 3> choices[] = {{{{3, 5}, {3, 5}, {3, 5}}}, {{{3, 1}, {5}, {3, 5}}}, {{{3, 5}, {}, {3, 1}}},
                                          {{{2, 1, 5}, {3, 1}, {}}},  {{{0, 5}, {5}, {1}}},    {{{1}, {1}, {1}}}};
  for (const auto& [condition, a, b] : choices)
    cases.push_back({concat("where ", condition, " ", a, " ", b), {condition, a, b}, [](Inputs x) {
                       return where(x[0] > 0.0, x[1], x[2]);
                     }});
  cases.push_back({"where beside numbers", {{3, 5}}, [](Inputs x) {
                     return where(x[0] < 0.5, x[0] * x[0], 0.25) + where(x[0] >= 0.5, -1.0, x[0]);
                   }});
  cases.push_back({"comparisons", {{3, 5}, {5}}, [](Inputs x) {
                     const Variable &a = x[0], &b = x[1];
                     return a * ((a > b) + 2.0 * (a >= b) + 3.0 * (a < b) + 4.0 * (a <= b) + 5.0 * (a == b) + (a != b));
                   }});
  cases.push_back({"dropout", {{7, 11}}, [](Inputs x) { return dropout(x[0], 0.4, {3, 5}, 17); }});
  cases.push_back({"dropout none", {{7}}, [](Inputs x) { return dropout(x[0], 0.0, {3, 5}, 0); }});
}

void add_shapes(std::vector<OpCase>& cases) {
  cases.push_back({"reshape", {{3, 4}}, [](Inputs x) { return reshape(x[0], {2, -1}); }});
  cases.push_back({"reshape of a transpose", {{3, 4}}, [](Inputs x) { return reshape(transpose(x[0], 0, 1), {12}); }});
  cases.push_back({"transpose", {{2, 3, 5}}, [](Inputs x) { return transpose(x[0], 0, 2); }});
  cases.push_back({"slice", {{3, 7}}, [](Inputs x) { return slice(x[0], 1, 2, 5); }});
  cases.push_back({"slice of nothing", {{3, 7}}, [](Inputs x) { return slice(x[0], 0, 1, 1); }});
  cases.push_back({"expand", {{3, 1}}, [](Inputs x) { return expand(x[0], {2, 3, 5}); }});
  cases.push_back({"concat", {{3, 2}, {3, 0}, {3, 5}}, [](Inputs x) { return concat({x[0], x[1], x[2]}, 1); }});
  cases.push_back({"concat with itself", {{3, 2}}, [](Inputs x) { return concat({x[0], x[0]}, 0); }});
  for (const int axis : {0, 1, -1})
    cases.push_back({concat("stack on axis ", axis), {{2, 3}, {2, 3}}, [axis](Inputs x) {
                       return stack({x[0], x[1], x[0]}, axis);
                     }});
  cases.push_back({"stack of numbers", {{}, {}}, [](Inputs x) { return stack({x[0], x[1]}, 0); }});
  cases.push_back({"stack of nothing", {{0, 3}}, [](Inputs x) { return stack({x[0]}, 1); }});
  cases.push_back({"split", {{7, 3}}, [](Inputs x) {
                     const auto parts = split(x[0], 0, {2, 5});
                     return sum(parts[0]) + sum(square(parts[1]));
                   }});
}

void add_reductions(std::vector<OpCase>& cases) {
  for (const Shape& shape : {Shape{0, 3}, Shape{1}, Shape{7}, Shape{3, 5, 2}}) {
    cases.push_back({concat("sum ", shape), {shape}, [](Inputs x) { return sum(x[0]); }});
  }
  cases.push_back({"sum over axis 0", {{13, 5}}, [](Inputs x) { return sum(x[0], 0); }});
  cases.push_back({"sum over axis 1", {{3, 5, 2}}, [](Inputs x) { return sum(x[0], 1); }});
  cases.push_back({"sum over an empty axis", {{3, 0}}, [](Inputs x) { return sum(x[0], 1); }});
  cases.push_back({"mean", {{3, 5}}, [](Inputs x) { return mean(x[0]); }});
  cases.push_back({"mean over axis -1", {{3, 5}}, [](Inputs x) { return mean(x[0], -1); }});
  cases.push_back({"max_last", {{5, 7}}, [](Inputs x) { return max_last(x[0]); }});
  cases.push_back({"max", {{3, 5}}, [](Inputs x) { return max(x[0]) + 2.0 * min(x[0]); }});
  for (const int axis : {0, 1, -1})
    cases.push_back({concat("max over axis ", axis), {{3, 5, 2}}, [axis](Inputs x) {
                       return max(x[0], axis) - 2.0 * min(x[0], axis);
                     }});
  cases.push_back({"max over axis 0 of one", {{1, 1}}, [](Inputs x) { return max(x[0], 0); }});
  cases.push_back({"max of no row", {{0, 3}}, [](Inputs x) { return max(x[0], 1); }});
  cases.push_back({"l2_norm", {{5, 7}}, [](Inputs x) { return l2_norm(x[0]); }});
  cases.push_back({"sum_of_norms", {{5, 7}, {3}, {}, {2, 3, 4}}, [](Inputs x) {
                     return sum_of_norms({x.begin(), x.end()});
                   }});
  for (const Shape& shape : {Shape{0, 3}, Shape{3, 1}, Shape{5, 7}, Shape{2, 3, 11}}) {
    cases.push_back({concat("softmax ", shape), {shape}, [](Inputs x) { return softmax(x[0]); }});
    cases.push_back({concat("log_softmax ", shape), {shape}, [](Inputs x) { return log_softmax(x[0]); }});
  }
  for (const Shape& shape : {Shape{0, 5}, Shape{1, 7}, Shape{5, 3}, Shape{2, 3, 11}}) {
    const Shape width{shape.back()};
    cases.push_back({concat("layer_norm ", shape), {shape, width, width}, [](Inputs x) {
                       return layer_norm(x[0], x[1], x[2], 1e-5);
                     }});
  }
  cases.push_back({"batch_norm_train", {{7, 3}, {3}, {3}}, [](Inputs x) {
                     Tensor mean, var;
                     return batch_norm_train(x[0], x[1], x[2], 1e-5, mean, var);
                   }});
  cases.push_back({"batch_norm_eval", {{7, 3}, {3}, {3}}, [](Inputs x) {
                     return batch_norm_eval(x[0], fixed({3}, x[0].value()), fixed({3}, x[0].value()), x[1], x[2], 1e-5);
                   }});
}

void add_products(std::vector<OpCase>& cases) {
  const std::array<std::int64_t, 3> sizes[] = {{3, 5, 7}, {1, 1, 1}, {2, 0, 3}, {0, 4, 3}, {13, 2, 11}};
  for (const auto& [m, k, n] : sizes) {
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        const Shape a = ta ? Shape{k, m} : Shape{m, k}, b = tb ? Shape{n, k} : Shape{k, n};
        cases.push_back({concat("matmul ", a, ta ? "T" : "", " x ", b, tb ? "T" : ""), {a, b}, [ta, tb](Inputs x) {
                           return matmul(x[0], x[1], ta, tb);
                         }});
      }
    }
  }
  cases.push_back({"matmul batched", {{2, 3, 5}, {2, 5, 7}}, [](Inputs x) { return matmul(x[0], x[1]); }});
  cases.push_back(
      {"matmul batched transposed", {{2, 5, 3}, {2, 7, 5}}, [](Inputs x) { return matmul(x[0], x[1], true, true); }});
  cases.push_back({"matmul batch x matrix", {{2, 3, 5}, {5, 7}}, [](Inputs x) { return matmul(x[0], x[1]); }});
  cases.push_back({"matmul matrix x batch", {{3, 5}, {2, 5, 7}}, [](Inputs x) { return matmul(x[0], x[1]); }});
  for (const Activation activation : std::initializer_list<Activation>{std::nullopt, Unary::Relu, Unary::Sigmoid,
                                                                       Unary::Tanh, Unary::Gelu, Unary::Swish}) {
    cases.push_back({concat("linear, ", activation ? kernels::name_of(*activation) : "no activation"),
                     {{11, 5}, {7, 5}, {7}},
                     [activation](Inputs x) { return linear(x[0], x[1], x[2], activation); }});
  }
  cases.push_back(
      {"linear without bias", {{2, 3, 5}, {7, 5}}, [](Inputs x) { return linear(x[0], x[1], Variable()); }});
  cases.push_back({"linear of no row", {{0, 5}, {7, 5}, {7}}, [](Inputs x) { return linear(x[0], x[1], x[2]); }});
}

void add_look_ups(std::vector<OpCase>& cases) {
  cases.push_back({"embedding", {{5, 3}}, [](Inputs x) { return embedding(x[0], some_ids(13, 5)); }});
  cases.push_back({"embedding of nothing", {{5, 3}}, [](Inputs x) { return embedding(x[0], Index()); }});
  cases.push_back({"embedding used twice and whole", {{5, 3}}, [](Inputs x) {
                     return sum(embedding(x[0], some_ids(4, 5))) + sum(embedding(x[0], some_ids(7, 5))) +
                            sum(square(x[0]));
                   }});
  cases.push_back({"gather_dot", {{5, 3}, {7, 3}}, [](Inputs x) {
                     return gather_dot(x[0], some_ids(11, 5), x[1], some_ids(11, 7));
                   }});
  cases.push_back({"gather_dot with itself", {{5, 3}}, [](Inputs x) {
                     return gather_dot(x[0], some_ids(7, 5), x[0], some_ids(7, 3));
                   }});
  cases.push_back({"cross_entropy", {{5, 7}}, [](Inputs x) { return cross_entropy(x[0], some_ids(5, 7)); }});
  cases.push_back({"catalogue_cross_entropy", {{13, 3}, {7, 3}}, [](Inputs x) {
                     return catalogue_cross_entropy(x[0], x[1], some_ids(13, 7));
                   }});
  cases.push_back({"catalogue_cross_entropy, one row, one class", {{1, 1}, {1, 1}}, [](Inputs x) {
                     return catalogue_cross_entropy(x[0], x[1], some_ids(1, 1));
                   }});
  cases.push_back({"catalogue_cross_entropy, tiles", {{67, 5}, {131, 5}}, [](Inputs x) {
                     return catalogue_cross_entropy(x[0], x[1], some_ids(67, 131));
                   }});
  cases.push_back({"catalogue_cross_entropy, the first rows are no classes", {{4, 3}, {7, 3}}, [](Inputs x) {
                     return catalogue_cross_entropy(x[0], x[1], Index({2, 6, 3, 2}), 2);
                   }});
  cases.push_back({"catalogue_cross_entropy, a class of each row is excluded", {{4, 3}, {7, 3}}, [](Inputs x) {
                     return catalogue_cross_entropy(x[0], x[1], Index({2, 6, 3, 2}), 0, Index({0, 7, 6, 5}));
                   }});
  cases.push_back({"binary_cross_entropy",
                   {{5, 3}},
                   [](Inputs x) {
                     return binary_cross_entropy(x[0], fixed({5, 3}, x[0].value()));
                   },
                   -6,
                   6});
}

void add_windows(std::vector<OpCase>& cases) {
  cases.push_back({"window_softmax", {{13}}, [](Inputs x) { return window_softmax(x[0], some_windows()); }});
  cases.push_back({"window_weighted_sum", {{some_windows().entries()}, {5, 3}}, [](Inputs x) {
                     return window_weighted_sum(x[0], x[1], some_ids(13, 5), some_windows());
                   }});
  cases.push_back({"window attention", {{13}, {13, 3}}, [](Inputs x) {
                     const Windows windows = some_windows();
                     return window_weighted_sum(window_softmax(x[0], windows), x[1], Index::range(13), windows);
                   }});
  using WindowOp = Variable (*)(const Variable&, const Windows&);
  const std::pair<const char*, WindowOp> ops[] = {{"window_sum", window_sum},
                                                  {"window_mean", window_mean},
                                                  {"window_max", window_max},
                                                  {"window_last", window_last}};
  for (const auto& [name, op] : ops) {
    cases.push_back({name, {{13, 3}}, [op = op](Inputs x) { return op(x[0], some_windows()); }});
    cases.push_back(
        {concat(name, " of no window"), {{4, 3}}, [op = op](Inputs x) { return op(x[0], Windows({}, {}, 4)); }});
    cases.push_back({concat(name, " adjacent"), {{6, 1}}, [op = op](Inputs x) {
                       return op(x[0], Windows::adjacent({0, 1, 1, 4, 6}));
                     }});
  }
}

void add_convolutions(std::vector<OpCase>& cases) {
  const auto add = [&cases](const std::string& name, Shape table, std::int64_t filters,
                            std::vector<std::int64_t> heights, const kernels::PaddedWindows& windows) {
    std::vector<Shape> shapes{table};
    for (const std::int64_t height : heights) shapes.push_back({filters, height, table[1]});
    cases.push_back({concat("window_convolution_max, ", name), shapes, [windows](Inputs x) {
                       return window_convolution_max(x[0], {x.begin() + 1, x.end()}, windows);
                     }});
  };
  const kernels::PaddedWindows exact{some_windows(), some_ids(13, 5), 13, 2}, padded{exact.windows, exact.rows, 16, 2};
  add("one place at once", {5, 3}, 3, {1}, exact);
  add("some heights", {5, 3}, 8, {4, 1, 13}, exact);
  add("padding, more filters than lanes", {5, 3}, 17, {5, 16}, padded);
  add("padding, one filter", {5, 3}, 1, {16, 2, 3}, padded);
  add("no filters", {5, 3}, 0, {2}, padded);
  add("no windows", {2, 3}, 5, {3, 1}, {Windows(), Index(), 4, 1});
  add("no values", {2, 3}, 5, {3, 1}, {Windows({0, 0}, {0, 0}, 0), Index(), 4, 1});
}

void add_attention(std::vector<OpCase>& cases) {
  const auto add = [&cases](const char* name, const Windows& windows, std::int64_t width, std::int64_t heads,
                            const kernels::Drop& drop) {
    const Shape values{windows.values(), width};
    cases.push_back({concat("window_attention, ", name), {{windows.size(), width}, values, values}, [=](Inputs x) {
                       return window_attention(x[0], x[1], x[2], windows, heads, drop);
                     }});
  };
  const Windows causal({0, 0, 0, 3, 3, 3, 3}, {1, 2, 3, 4, 5, 6, 7}, 7);
  add("causal", causal, 6, 2, {});
  add("causal, dropout", causal, 6, 2, {0.4, {3, 5}, 17});
  add("bidirectional", Windows({0, 0, 0, 3, 3}, {3, 3, 3, 5, 5}, 5), 4, 1, {});
  add("overlapping and empty windows", some_windows(), 5, 5, {0.3, {3, 5}, 2});
  add("no window", Windows({}, {}, 3), 4, 2, {});
  add("one column per head", Windows({1}, {2}, 2), 3, 3, {});

  cases.push_back({"catalogue_binary_cross_entropy", {{13, 3}, {7, 3}}, [](Inputs x) {
                     return catalogue_binary_cross_entropy(
                         x[0], x[1], Index({0, 1, 6, 2, 3}),
                         Windows({0, 0, 0, 3, 5, 5, 2, 1, 1, 0, 2, 4, 4}, {1, 3, 5, 3, 5, 5, 3, 2, 4, 2, 4, 5, 4}, 5));
                   }});
  cases.push_back({"catalogue_binary_cross_entropy of no row", {{0, 3}, {2, 3}}, [](Inputs x) {
                     return catalogue_binary_cross_entropy(x[0], x[1], Index(), Windows());
                   }});
}

void add_additive_scores(std::vector<OpCase>& cases) {
  const auto add = [&cases](const char* what, std::int64_t width, std::int64_t keys, const Windows& windows) {
    cases.push_back(
        {concat("window_additive_scores", what), {{windows.size(), width}, {keys, width}, {width}}, [=](Inputs x) {
           const auto values = windows.values();
           return window_additive_scores(
               x[0], x[1], x[2], values == 0 ? Index() : some_ids(values, static_cast<std::uint32_t>(keys)), windows);
         }});
  };
  add("", 3, 5, some_windows());
  add(" adjacent", 11, 2, Windows::adjacent({0, 1, 1, 4, 6}));
  add(" of no window", 3, 5, Windows({}, {}, 4));
  add(" of one value", 1, 1, Windows({0}, {1}, 1));
}

/// Nodes over rows, with no, one and several neighbours (one of them twice).
Graph some_graph(std::uint32_t rows) {
  return {.rows = some_ids(9, rows),
          .incoming = {some_windows(), some_ids(13, rows)},
          .outgoing = {Windows::adjacent({0, 0, 1, 3, 3, 4, 4, 4, 7, 8}), some_ids(8, rows)}};
}

void add_graphs(std::vector<OpCase>& cases) {
  const auto add = [&cases](const char* what, std::int64_t rows, std::int64_t width, const Graph& graph) {
    const Shape gates{rows, 3 * width};
    cases.push_back({concat("gated_graph_cell", what),
                     {gates, gates, gates, {rows, width}, {3 * width}},
                     [graph](Inputs x) { return gated_graph_cell(x[0], x[1], x[2], x[3], x[4], graph); }});
  };
  add("", 7, 3, some_graph(7));
  add(", one row, wide", 1, 11, some_graph(1));
  add(" of no node", 2, 3, Graph{});
  cases.push_back({"gated_graph_cell of one table", {{5, 6}, {5, 2}, {6}}, [](Inputs x) {
                     return gated_graph_cell(x[0], x[0], x[0], x[1], x[2], some_graph(5));
                   }});
}

void add_recurrence(std::vector<OpCase>& cases) {
  using kernels::GruCell;
  const std::pair<const char*, GruCell> cells[] = {{"AIGRU", GruCell::AiGru},
                                                   {"AGRU", GruCell::AGru},
                                                   {"AUGRU", GruCell::AuGru},
                                                   {"AUGRU of the authors", GruCell::AuGruAuthor}};
  const Windows many = Windows::adjacent([] {  // more than a block of windows
    std::vector<std::int32_t> offsets(72);
    for (std::size_t i = 1; i < offsets.size(); ++i)
      offsets[i] = offsets[i - 1] + static_cast<std::int32_t>(i % 7 == 0 ? 2 : 1);
    return offsets;
  }());
  for (const auto& [windows, width] : {std::pair{some_windows(), 3}, std::pair{many, 2}, {Windows({}, {}, 4), 5}}) {
    const std::vector<Shape> shapes{{windows.values(), 3 * width}, {3 * width, width}, {3 * width}, {3 * width}};
    const std::string of = concat(", ", windows.size(), " windows, width ", width);
    cases.push_back({concat("gru", of), shapes, [windows = windows](Inputs x) {
                       return gru(GruCell::Gru, x[0], Variable(), windows, x[1], x[2], x[3]);
                     }});
    for (const auto& [name, cell] : cells) {
      std::vector<Shape> with_scores = shapes;
      with_scores.push_back({windows.entries()});
      cases.push_back({concat("gru ", name, of), with_scores, [windows = windows, cell = cell](Inputs x) {
                         // As an attention's, within (0, 1): beyond it errors grow with every step.
                         return gru(cell, x[0], sigmoid(x[4]), windows, x[1], x[2], x[3]);
                       }});
    }
  }
}

void add_scores(std::vector<OpCase>& cases) {
  cases.push_back(
      {"window_pairs", {{9, 3}, {13, 3}}, [](Inputs x) { return window_pairs(x[0], x[1], some_windows()); }});
  cases.push_back({"window_pairs of no window", {{0, 3}, {4, 3}}, [](Inputs x) {
                     return window_pairs(x[0], x[1], Windows({}, {}, 4));
                   }});
  using Layers = std::vector<Shape>;  // x, then weight and bias of each layer
  const Layers one{{11, 5}, {7, 5}, {7}, {1, 7}, {1}},
      three{{7, 2}, {5, 2}, {5}, {3, 5}, {3}, {2, 3}, {2}, {1, 2}, {1}}, none{{0, 3}, {2, 3}, {2}, {1, 2}, {1}},
      tiles{{401, 1}, {1, 1}, {1}, {2, 1}, {2}, {1, 2}, {1}};
  for (const Layers& shapes : {one, three, none, tiles}) {
    for (const Activation activation : std::initializer_list<Activation>{Unary::Sigmoid, Unary::Tanh, std::nullopt}) {
      const std::string of =
          concat(", ", shapes[0], ", ", activation ? kernels::name_of(*activation) : "no activation");
      const auto parameters = [](Inputs x) { return std::vector<Variable>(x.begin() + 1, x.end()); };
      cases.push_back(
          {concat("score_mlp", of), shapes, [=](Inputs x) { return score_mlp(x[0], parameters(x), activation); }});
      cases.push_back({concat("score_mlp_loss", of), shapes, [=](Inputs x) {
                         const Tensor numbers = fixed({x[0].shape()[0]}, x[0].value());
                         return score_mlp_loss(x[0], parameters(x), activation, numbers, numbers);
                       }});
    }
  }
}

}  // namespace

std::vector<Tensor> OpCase::inputs(DType dtype, bool strided) const {
  std::vector<Tensor> tensors;
  Random random(random_stream(5, Purpose::Test));
  for (const Shape& shape : shapes) {
    Shape storage = shape;
    if (strided && shape.rank() > 0) storage.push_back(2);
    Tensor tensor(storage, dtype);
    visit_float(dtype, "inputs", [&](auto zero) {
      using T = decltype(zero);
      for (T& element : tensor.span<T>())
        element = static_cast<T>(static_cast<float>(low + (high - low) * random.uniform()));
    });
    tensors.push_back(strided && shape.rank() > 0 ? tensor.select(-1, 1) : tensor);
  }
  return tensors;
}

const std::vector<OpCase>& op_cases() {
  static const std::vector<OpCase> cases = [] {
    std::vector<OpCase> all;
    add_elementwise(all);
    add_shapes(all);
    add_reductions(all);
    add_products(all);
    add_look_ups(all);
    add_windows(all);
    add_convolutions(all);
    add_attention(all);
    add_additive_scores(all);
    add_graphs(all);
    add_recurrence(all);
    add_scores(all);
    return all;
  }();
  return cases;
}

}  // namespace seqrec::tests
