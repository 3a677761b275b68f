#include "models/srgnn.h"

#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <doctest/doctest.h>

#include "core/error.h"
#include "core/random.h"
#include "tests/models/batches.h"

using namespace seqrec;
using namespace seqrec::models;

namespace {

ModelSpec srgnn_spec(std::initializer_list<std::pair<const char*, Json>> changes) {
  ModelSpec spec{.model = "SRGNN", .n_users = 5, .n_items = 9, .hyper_parameters = Json::object()};
  spec.hyper_parameters["embedding_size"] = 4;
  for (const auto& [key, value] : changes) spec.hyper_parameters[key] = value;
  return spec;
}

/// Rows without targets, each with values of its own.
Batch batch_of(const std::vector<std::vector<std::int32_t>>& sessions) {
  std::vector<std::int32_t> items, offsets{0};
  for (const auto& session : sessions) {
    items.insert(items.end(), session.begin(), session.end());
    offsets.push_back(static_cast<std::int32_t>(items.size()));
  }
  Batch batch;
  batch.value_users = Index(std::vector<std::int32_t>(items.size(), 1));
  batch.users = Index(std::vector<std::int32_t>(sessions.size(), 1));
  batch.items = Index(std::move(items));
  batch.windows = Windows::adjacent(std::move(offsets));
  return batch;
}

using Weights = std::map<std::pair<int, int>, double>;

/// The edge weights, by item and neighbour, of the nodes that a window's positions stand for.
Weights weights_of(const SrgnnInput& input, std::int64_t row, bool incoming) {
  const Graph& graph = input.graphs.at(0);
  const Ragged& side = incoming ? graph.incoming : graph.outgoing;
  const auto item_of = [&](std::int32_t instance) { return input.items[instance]; };
  std::set<std::int32_t> nodes;
  for (std::int32_t p = input.windows.begin()[row]; p < input.windows.end()[row]; ++p) nodes.insert(input.nodes[p]);
  Weights weights;
  for (const std::int32_t node : nodes) {
    const auto i = static_cast<std::size_t>(node);
    for (std::int32_t e = side.rows.begin()[i]; e < side.rows.end()[i]; ++e)
      weights[{item_of(graph.rows[node]), item_of(side.ids[e])}] += 1.0 / side.rows.length(node);
  }
  return weights;
}

void check_weights(const Weights& got, const Weights& expected) {
  REQUIRE(got.size() == expected.size());
  for (const auto& [edge, weight] : expected) {
    CAPTURE(edge.first);
    CAPTURE(edge.second);
    REQUIRE(got.contains(edge));
    CHECK(got.at(edge) == doctest::Approx(weight).epsilon(1e-12));
  }
}

using Vector = std::vector<double>;
using Parameters = std::map<std::string, Tensor>;

/// y = W x (+ b).
Vector product(const Tensor& weight, const Vector& x, const Tensor& bias = Tensor()) {
  Vector y;
  for (std::int64_t i = 0; i < weight.size(0); ++i) {
    double sum = bias.defined() ? bias.at<double>({i}) : 0.0;
    for (std::size_t j = 0; j < x.size(); ++j) sum += weight.at<double>({i, static_cast<std::int64_t>(j)}) * x[j];
    y.push_back(sum);
  }
  return y;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// SR-GNN of one session as RecBole writes it: the matrices of edges over the session's nodes, all of them computed.
Vector output_of(const std::vector<std::int32_t>& session, const Parameters& p, std::int64_t steps, bool counts) {
  const std::vector<std::int32_t> nodes = [&] {
    const std::set<std::int32_t> different(session.begin(), session.end());
    return std::vector<std::int32_t>(different.begin(), different.end());
  }();
  const std::size_t n = nodes.size(), width = static_cast<std::size_t>(p.at("gnn.b_iah").numel());
  const auto node_of = [&](std::int32_t item) {
    return static_cast<std::size_t>(std::find(nodes.begin(), nodes.end(), item) - nodes.begin());
  };
  std::vector<Vector> edges(n, Vector(n));
  for (std::size_t i = 0; i + 1 < session.size(); ++i) {
    double& edge = edges[node_of(session[i])][node_of(session[i + 1])];
    edge = counts ? edge + 1 : 1;
  }
  std::vector<Vector> hidden;
  for (const std::int32_t item : nodes) {
    hidden.emplace_back();
    for (std::size_t j = 0; j < width; ++j)
      hidden.back().push_back(p.at("item_embedding.weight").at<double>({item, static_cast<std::int64_t>(j)}));
  }
  for (std::int64_t step = 0; step < steps; ++step) {
    std::vector<Vector> next;
    for (std::size_t v = 0; v < n; ++v) {
      Vector input(2 * width);
      for (std::size_t j = 0; j < width; ++j) {
        input[j] = p.at("gnn.b_iah").at<double>({static_cast<std::int64_t>(j)});
        input[width + j] = p.at("gnn.b_ioh").at<double>({static_cast<std::int64_t>(j)});
      }
      double in_degree = 0, out_degree = 0;
      for (std::size_t u = 0; u < n; ++u) in_degree += edges[u][v], out_degree += edges[v][u];
      for (std::size_t u = 0; u < n; ++u) {
        const Vector in = product(p.at("gnn.linear_edge_in.weight"), hidden[u], p.at("gnn.linear_edge_in.bias"));
        const Vector out = product(p.at("gnn.linear_edge_out.weight"), hidden[u], p.at("gnn.linear_edge_out.bias"));
        for (std::size_t j = 0; j < width; ++j) {
          if (in_degree > 0) input[j] += edges[u][v] / in_degree * in[j];
          if (out_degree > 0) input[width + j] += edges[v][u] / out_degree * out[j];
        }
      }
      const Vector gi = product(p.at("gnn.w_ih"), input, p.at("gnn.b_ih"));
      const Vector gh = product(p.at("gnn.w_hh"), hidden[v], p.at("gnn.b_hh"));
      next.emplace_back();
      for (std::size_t j = 0; j < width; ++j) {
        const double r = sigmoid(gi[j] + gh[j]), z = sigmoid(gi[width + j] + gh[width + j]);
        const double m = std::tanh(gi[2 * width + j] + r * gh[2 * width + j]);
        next.back().push_back((1 - z) * hidden[v][j] + z * m);
      }
    }
    hidden = next;
  }
  const Vector last = hidden[node_of(session.back())];
  const Vector q1 = product(p.at("linear_one.weight"), last, p.at("linear_one.bias"));
  Vector both(2 * width);
  for (const std::int32_t item : session) {
    const Vector& h = hidden[node_of(item)];
    const Vector q2 = product(p.at("linear_two.weight"), h, p.at("linear_two.bias"));
    Vector gates;
    for (std::size_t j = 0; j < width; ++j) gates.push_back(sigmoid(q1[j] + q2[j]));
    const double alpha = product(p.at("linear_three.weight"), gates)[0];
    for (std::size_t j = 0; j < width; ++j) both[j] += alpha * h[j];
  }
  std::copy(last.begin(), last.end(), both.begin() + static_cast<std::ptrdiff_t>(width));
  return product(p.at("linear_transform.weight"), both, p.at("linear_transform.bias"));
}

Parameters parameters_of(const SequentialRecommender& model) {
  Parameters parameters;
  for (const auto& [name, tensor] : model.state()) parameters[name] = tensor;
  return parameters;
}

}  // namespace

TEST_CASE("the edges of the session 1 2 3 2 4") {
  for (const EdgeWeight weight : {EdgeWeight::Binary, EdgeWeight::Count}) {
    const SrgnnInput input = srgnn_input(batch_of({{1, 2, 3, 2, 4}}), 50, 1, weight);
    check_weights(weights_of(input, 0, false), {{{1, 2}, 1}, {{2, 3}, 0.5}, {{2, 4}, 0.5}, {{3, 2}, 1}});
    check_weights(weights_of(input, 0, true), {{{2, 1}, 0.5}, {{2, 3}, 0.5}, {{3, 2}, 1}, {{4, 2}, 1}});
    CHECK(input.nodes[1] == input.nodes[3]);
    CHECK(input.last[0] == input.nodes[4]);
  }
}

TEST_CASE("an edge that repeats counts once or as often as it occurs; an item may follow itself") {
  const Batch batch = batch_of({{1, 2, 1, 2, 1, 3, 3}});
  const auto weights = [&](EdgeWeight weight, bool incoming) {
    return weights_of(srgnn_input(batch, 50, 1, weight), 0, incoming);
  };
  check_weights(weights(EdgeWeight::Binary, false), {{{1, 2}, 0.5}, {{1, 3}, 0.5}, {{2, 1}, 1}, {{3, 3}, 1}});
  check_weights(weights(EdgeWeight::Count, false), {{{1, 2}, 2.0 / 3}, {{1, 3}, 1.0 / 3}, {{2, 1}, 1}, {{3, 3}, 1}});
  check_weights(weights(EdgeWeight::Binary, true), {{{1, 2}, 1}, {{2, 1}, 1}, {{3, 1}, 0.5}, {{3, 3}, 0.5}});
  check_weights(weights(EdgeWeight::Count, true), {{{1, 2}, 1}, {{2, 1}, 1}, {{3, 1}, 0.5}, {{3, 3}, 0.5}});
}

TEST_CASE("prefixes of a history share what their last edges leave alone") {
  std::vector<std::int32_t> begin, end;
  for (std::int32_t i = 1; i <= 8; ++i) begin.push_back(0), end.push_back(i);
  Batch batch = batch_of({{1, 2, 3, 4, 5, 6, 7, 8}});
  batch.windows = Windows(begin, end, 8);
  batch.users = Index(std::vector<std::int32_t>(8, 1));
  const auto instances = [&](std::int64_t length, std::int64_t steps) {
    return srgnn_input(batch, length, steps, EdgeWeight::Binary).graphs.back().nodes();
  };
  CHECK(srgnn_input(batch, 50, 1, EdgeWeight::Binary).nodes.size() == 36);
  CHECK(instances(50, 1) == 15);  // each item as the last of a window, and all but one in the middle
  CHECK(instances(50, 2) == 21);  // from the second on also as the last but one
  CHECK(instances(3, 1) == 20);   // cut windows: five items stand first of three
  CHECK(instances(1, 3) == 8);
}

TEST_CASE("the model is RecBole's formulas, session by session") {
  Random random(random_stream(1, Purpose::Test));
  std::vector<std::vector<std::int32_t>> sessions{{1}, {2, 2}, {1, 2, 3, 2, 4}, {1, 2, 1, 2, 1, 3, 3}};
  for (int i = 0; i < 20; ++i) {
    sessions.emplace_back();
    for (std::uint32_t length = 1 + random.below(9); length > 0; --length)
      sessions.back().push_back(static_cast<std::int32_t>(1 + random.below(i % 2 ? 8 : 3)));
  }
  for (const int steps : {1, 2, 3}) {
    for (const char* weight : {"binary", "count"}) {
      CAPTURE(steps);
      CAPTURE(weight);
      const auto model = make_model(
          srgnn_spec({{"step", steps}, {"srgnn_edge_weight", weight}, {"MAX_ITEM_LIST_LENGTH", 6}}), DType::F64, 5);
      const Parameters p = parameters_of(*model);
      const Tensor scores = model->full_sort_predict(batch_of(sessions));
      for (std::size_t r = 0; r < sessions.size(); ++r) {
        const auto first = sessions[r].size() > 6 ? sessions[r].end() - 6 : sessions[r].begin();
        const Vector output = output_of({first, sessions[r].end()}, p, steps, std::string(weight) == "count");
        const Vector expected = product(p.at("item_embedding.weight"), output);
        for (std::int64_t item = 0; item < 9; ++item)
          CHECK(scores.at<double>({static_cast<std::int64_t>(r), item}) ==
                doctest::Approx(expected[item]).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("shared values give the loss and the scores of copies") {
  for (const int steps : {1, 2}) {
    for (const char* loss_type : {"CE", "BPR"}) {
      const ModelSpec spec = srgnn_spec({{"loss_type", loss_type}, {"step", steps}, {"MAX_ITEM_LIST_LENGTH", 3}});
      CHECK(loss_of(spec, shared_batch()) == doctest::Approx(loss_of(spec, copied(shared_batch()))).epsilon(1e-12));
    }
  }
}

TEST_CASE("a window without an item is the session of a padding item that nothing attends to") {
  const auto model = make_model(srgnn_spec({}), DType::F64, 3);
  const Parameters p = parameters_of(*model);
  const Tensor scores = model->full_sort_predict(batch_of({{}, {4, 2}, {}}));
  const Tensor alone = model->full_sort_predict(batch_of({{4, 2}}));
  // What attention adds is 0, so the output is linear_transform of (0, the padding node's vector).
  Parameters silent = p;
  silent["linear_three.weight"] = Tensor::zeros({1, 4}, DType::F64);
  const Vector expected = product(p.at("item_embedding.weight"), output_of({0}, silent, 1, false));
  for (std::int64_t item = 0; item < 9; ++item) {
    CHECK(scores.at<double>({0, item}) == doctest::Approx(expected[item]).epsilon(1e-12));
    CHECK(scores.at<double>({2, item}) == scores.at<double>({0, item}));
    CHECK(scores.at<double>({1, item}) == doctest::Approx(alone.at<double>({0, item})).epsilon(1e-12));
  }
  Batch empty = batch_of({{}});
  empty.targets = Index({3});
  CHECK(std::isfinite(model->calculate_loss(empty).value().item()));
}

TEST_CASE("a catalogue of one item") {
  for (const bool padding : {true, false}) {
    ModelSpec spec = srgnn_spec({{"pad_in_softmax", padding}});
    spec.n_items = 2;
    const auto model = make_model(spec, DType::F64, 3);
    Batch batch = batch_of({{1}, {1, 1, 1}});
    batch.targets = Index({1, 1});
    const double loss = model->calculate_loss(batch).value().item();
    if (padding) CHECK(loss > 0);
    if (!padding) CHECK(loss == doctest::Approx(0.0));
    const Recommendations best = model->recommend(batch, 2, {});
    CHECK(best.items.to_vector<std::int32_t>() == std::vector<std::int32_t>{1, -1, 1, -1});
  }
}

TEST_CASE("without the padding row in the softmax the loss is that of the real items") {
  const Batch batch = shared_batch();
  const auto model = make_model(srgnn_spec({{"pad_in_softmax", false}}), DType::F64, 3);
  const Tensor scores = model->full_sort_predict(batch);
  double expected = 0;
  for (std::int64_t r = 0; r < batch.rows(); ++r) {
    double sum = 0;
    for (std::int64_t item = 1; item < 9; ++item) sum += std::exp(scores.at<double>({r, item}));
    expected += (std::log(sum) - scores.at<double>({r, batch.targets[r]})) / static_cast<double>(batch.rows());
  }
  CHECK(model->calculate_loss(batch).value().item() == doctest::Approx(expected).epsilon(1e-12));
  CHECK(loss_of(srgnn_spec({}), batch) > expected);
}

TEST_CASE("parameters are drawn from U(+-1 / sqrt(width)), under RecBole's names") {
  const auto model = make_model(srgnn_spec({{"embedding_size", 16}}), DType::F64, 3);
  std::vector<std::string> names;
  for (const auto& [name, parameter] : model->parameters()) {
    names.push_back(name);
    double most = 0;
    for (const double value : parameter.value().to_vector<double>()) most = std::max(most, std::abs(value));
    CAPTURE(name);
    CHECK(most <= 0.25);
    CHECK(most > 0.15);
  }
  CHECK(names == std::vector<std::string>{
                     "item_embedding.weight", "gnn.w_ih", "gnn.w_hh", "gnn.b_ih", "gnn.b_hh", "gnn.b_iah", "gnn.b_ioh",
                     "gnn.linear_edge_in.weight", "gnn.linear_edge_in.bias", "gnn.linear_edge_out.weight",
                     "gnn.linear_edge_out.bias", "linear_one.weight", "linear_one.bias", "linear_two.weight",
                     "linear_two.bias", "linear_three.weight", "linear_transform.weight", "linear_transform.bias"});
}

TEST_CASE("SR-GNN: bad hyper-parameters are named") {
  const auto making = [](std::initializer_list<std::pair<const char*, Json>> changes) {
    make_model(srgnn_spec(changes), DType::F32, 1);
  };
  CHECK_THROWS_WITH_AS(making({{"step", 0}}), "step: got 0, expected a whole number from 1 to 100", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"step", 101}}), "step: got 101, expected a whole number from 1 to 100", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"embedding_size", "64"}}),
                       "embedding_size: got \"64\", expected a whole number from 1 to 1073741824", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"MAX_ITEM_LIST_LENGTH", 0}}),
                       "MAX_ITEM_LIST_LENGTH: got 0, expected a whole number from 1 to 1073741824", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"loss_type", "BCE"}}),
                       "loss_type: got \"BCE\", expected one of CE, BPR, sampled_softmax, gbce", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"srgnn_edge_weight", "counts"}}),
                       "srgnn_edge_weight: got \"counts\", expected one of binary, count", ConfigError);
  CHECK_THROWS_WITH_AS(making({{"pad_in_softmax", "no"}}), "pad_in_softmax: got \"no\", expected true or false",
                       ConfigError);
}
