#include "models/dien.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "core/error.h"
#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "kernels/reduce.h"

namespace seqrec::models {

using namespace autograd;
using kernels::GruCell;

namespace {

/// Bounds of what is scored at once: (target, place) pairs, and targets.
constexpr std::int64_t kMostPairs = 1 << 16, kMostTargets = 1 << 14;

GruCell cell_of(const HyperParameters& keys) {
  const std::string& type = keys.get_string("gru_type");
  if (type == "GRU") return GruCell::Gru;
  if (type == "AIGRU") return GruCell::AiGru;
  if (type == "AGRU") return GruCell::AGru;
  return keys.get_string("dien_augru") == "author" ? GruCell::AuGruAuthor : GruCell::AuGru;
}

nn::Pooling pooling_of(const HyperParameters& keys) {
  const std::string& mode = keys.get_string("pooling_mode");
  if (mode == "mean") return nn::Pooling::Mean;
  if (mode == "sum") return nn::Pooling::Sum;
  return keys.get_string("compat") == "recbole" ? nn::Pooling::RecBoleMax : nn::Pooling::Max;
}

InterestExtractorNetwork::Auxiliary auxiliary_of(const HyperParameters& keys) {
  using Auxiliary = InterestExtractorNetwork::Auxiliary;
  const std::string& net = keys.get_string("dien_aux");
  return net == "linear" ? Auxiliary::Linear : net == "mlp" ? Auxiliary::Mlp : Auxiliary::Dot;
}

/// The id itself, then what the files say.
std::vector<Feature> with_id(const char* side, std::int64_t rows, const std::vector<Feature>& features) {
  std::vector<Feature> all{identity_feature(side, rows)};
  for (const Feature& feature : features) {
    check_feature(feature, rows);
    all.push_back(feature);
  }
  return all;
}

/// Where FeatureEmbedding keeps one side's tokens: the ids' and the token fields' rows in one table, each sequence's in
/// its own.
void add_tables(std::vector<TokenTable>& tables, const std::string& side, const TokenRows& ids,
                const std::vector<Feature>& features) {
  const std::string layer = "embedding_layer.";
  TokenTable single{layer + nn::FeatureEmbedding::token_table(side), {ids}};
  std::size_t sequences = 0;
  for (const Feature& feature : features) {
    if (!feature.is_token()) continue;
    const TokenRows rows{concat("tokens of '", feature.name, "'"), feature.tokens, feature.vocabulary.get()};
    if (feature.is_sequence())
      tables.push_back({layer + nn::FeatureEmbedding::token_seq_table(side, sequences++), {rows}});
    else
      single.parts.push_back(rows);
  }
  tables.push_back(std::move(single));
}

/// One row of a batch, with its window's values alone.
Batch row_of(const Batch& batch, std::int64_t row) {
  const auto first = static_cast<std::size_t>(batch.windows.begin()[row]);
  const std::int32_t length = batch.windows.length(row);
  const auto items = batch.items.host().subspan(first, length);
  Batch out;
  out.items = Index({items.begin(), items.end()});
  out.value_users = Index(std::vector<std::int32_t>(items.size(), batch.users[row]));
  out.windows = Windows({0}, {length}, length);
  out.users = Index({batch.users[row]});
  return out;
}

/// The places of the k largest scores, best first, of equal ones the first; a NaN counts as the lowest.
std::vector<std::size_t> best_places(const std::vector<double>& scores, std::int64_t k) {
  const auto key = [&](std::size_t i) {
    return std::isnan(scores[i]) ? -std::numeric_limits<double>::infinity() : scores[i];
  };
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto count = std::min(static_cast<std::ptrdiff_t>(k), std::ssize(order));
  std::partial_sort(order.begin(), order.begin() + count, order.end(),
                    [&](std::size_t a, std::size_t b) { return key(a) > key(b) || (key(a) == key(b) && a < b); });
  order.resize(count);
  return order;
}

}  // namespace

Dien::Options::Options(const HyperParameters& keys)
    : embedding_size(keys.get_int("embedding_size")),
      max_length(keys.get_int("MAX_ITEM_LIST_LENGTH")),
      mlp_hidden_size(keys.get_ints("mlp_hidden_size")),
      dropout(keys.get_double("dropout_prob")),
      alpha(keys.get_double("alpha")),
      pooling(pooling_of(keys)),
      cell(cell_of(keys)),
      auxiliary(auxiliary_of(keys)),
      learnable_dice(keys.get_string("dien_dice_alpha") == "learn") {}

Dien::Dien(const ModelSpec& spec, nn::Scope at)
    : SequentialRecommender(at),
      options_(HyperParameters(spec.hyper_parameters)),
      n_users_(spec.n_users),
      n_items_(spec.n_items),
      user_embedding_(at / "embedding_layer", "user", with_id("user_id", spec.n_users, spec.user_features),
                      options_.embedding_size, options_.pooling),
      item_embedding_(at / "embedding_layer", "item", with_id("item_id", spec.n_items, spec.item_features),
                      options_.embedding_size, options_.pooling),
      interest_extractor_(at / "interset_extractor", item_embedding_.width(), options_.mlp_hidden_size,
                          options_.auxiliary),  // RecBole's spelling
      interest_evolution_(at / "interest_evolution", item_embedding_.width(), options_.mlp_hidden_size, options_.cell),
      dnn_mlp_layers_(at / "dnn_mlp_layers", 2 * item_embedding_.width() + user_embedding_.width(),
                      options_.mlp_hidden_size,
                      {.dropout = options_.dropout, .learnable_dice = options_.learnable_dice}),
      dnn_predict_layer_(at / "dnn_predict_layer", options_.mlp_hidden_size.back(), 1,
                         {.initial_weight = nn::xavier_normal(), .initial_bias = nn::zeros()}) {}

Dien::TrainingInput Dien::make_input(const Batch& batch) const {
  const DienInput input = dien_input(batch, options_.max_length, options_.alpha != 0);
  return {input, item_embedding_.rows(input.items), user_embedding_.rows(input.targets.users)};
}

void Dien::prepare(Batch& batch, const Step& /*step*/) const {
  if constexpr (kTraining) keep_input(batch, make_input(batch));
}

Variable Dien::user_vectors(const Index& users) const {
  if (!mean_user_.defined() || users.size() == 0 || users[0] != 0) return user_embedding_(users);
  const auto others = users.host().subspan(1);
  if (others.empty()) return mean_user_;
  return concat({mean_user_, user_embedding_(Index({others.begin(), others.end()}))}, 0);
}

Variable Dien::forward(const DienTargets& targets, const Variable& of_items, const Variable& of_users,
                       const InterestEvolvingLayer::Shared& interests) {
  const Variable items = embedding(of_items, targets.item_places);
  const Variable users = embedding(of_users, targets.user_places);
  const Variable evolution = interest_evolution_(interests, items, targets.windows);
  const Variable out = dnn_mlp_layers_(concat({evolution, items, users}, 1));
  return reshape(dnn_predict_layer_(out), {targets.windows.size()});
}

Variable Dien::calculate_loss(const Batch& batch) {
  if constexpr (!kTraining) return {};
  const auto kept = input_of(batch, [&] { return make_input(batch); });
  const DienInput& input = kept->input;
  const Variable items = item_embedding_(kept->items), users = user_embedding_(kept->users);
  const Variable interests = interest_extractor_(input.history, items);
  const Variable logits = forward(input.targets, items, users, interest_evolution_.share(input.history, interests));
  const Variable loss = mean(binary_cross_entropy(logits, input.labels.on(logits.dtype(), logits.device())));
  if (input.pairs.states.size() == 0) return loss;  // RecBole's mean of nothing is NaN
  return loss + options_.alpha * interest_extractor_.auxiliary_loss(input.pairs, interests, items);
}

Tensor Dien::predict_candidates(const Batch& batch, const Ragged& candidates) {
  if constexpr (!kTraining) return {};
  const NoGrad no_grad;
  const Index in_rows = in_order(candidates, batch);
  const DienHistory history = dien_history(batch, options_.max_length);
  const Variable interests = interest_extractor_(history, item_embedding_(history.items));
  const InterestEvolvingLayer::Shared shared = interest_evolution_.share(history, interests);

  Tensor scores({in_rows.size()}, interests.dtype(), interests.device());
  const auto rows = candidates.rows.entry_windows().host(), items = in_rows.host();
  for (std::size_t begin = 0, end; begin < items.size(); begin = end) {
    std::int64_t pairs = 0;
    for (end = begin; end < items.size() && static_cast<std::int64_t>(end - begin) < kMostTargets; ++end) {
      const std::int64_t length = history.windows.length(rows[end]);
      if (end > begin && pairs + length > kMostPairs) break;
      pairs += length;
    }
    const DienTargets targets =
        dien_targets(history, batch.users, rows.subspan(begin, end - begin), items.subspan(begin, end - begin));
    Tensor part = scores.slice(0, static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end));
    kernels::unary(kernels::Unary::Sigmoid,
                   forward(targets, item_embedding_(targets.items), user_vectors(targets.users), shared).value(), part);
  }
  return scores;
}

Tensor Dien::full_sort_predict(const Batch& batch) {
  if constexpr (!kTraining) return {};
  std::vector<std::int32_t> offsets{0}, items;
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    for (std::int64_t item = 0; item < n_items_; ++item) items.push_back(static_cast<std::int32_t>(item));
    offsets.push_back(static_cast<std::int32_t>(items.size()));
  }
  return predict_candidates(batch, {Windows::adjacent(std::move(offsets)), Index(std::move(items))})
      .reshape({batch.rows(), n_items_});
}

Recommendations Dien::recommend(const Batch& batch, std::int64_t k, const Ragged& excluded) {
  if constexpr (!kTraining) return {};
  std::vector<std::int32_t> best(batch.rows() * k, -1);
  std::vector<double> scores(best.size(), -std::numeric_limits<double>::infinity());
  for (std::int64_t row = 0; row < batch.rows(); ++row) {  // one at a time: a row's scores are all that is kept
    std::vector<bool> left_out(n_items_);
    if (!excluded.empty())
      for (const std::int32_t item : excluded[row]) left_out[item] = true;
    std::vector<std::int32_t> items;
    for (std::int64_t item = 1; item < n_items_; ++item)
      if (!left_out[item]) items.push_back(static_cast<std::int32_t>(item));
    const Tensor of_row = predict_candidates(
        row_of(batch, row), {Windows::adjacent({0, static_cast<std::int32_t>(items.size())}), Index(items)});
    const std::vector<double> of_items = kernels::convert(of_row, DType::F64).to_vector<double>();
    auto at = static_cast<std::size_t>(row * k);
    for (const std::size_t place : best_places(of_items, k)) {
      best[at] = items[place];
      scores[at++] = of_items[place];
    }
  }
  const Tensor& weight = dnn_predict_layer_.weight().value();
  return {kernels::to_device(Tensor::from(best, {batch.rows(), k}), weight.device()),
          kernels::constants(scores, {batch.rows(), k}, weight)};
}

Tensor Dien::item_vectors(std::int64_t begin, std::int64_t end) const {
  const NoGrad no_grad;
  std::vector<std::int32_t> items(end - begin);
  std::iota(items.begin(), items.end(), static_cast<std::int32_t>(begin));
  return item_embedding_(Index(std::move(items))).value();
}

Tensor Dien::mean_user() const {
  const NoGrad no_grad;
  if (n_users_ < 2) return {};
  constexpr std::int64_t kAtOnce = 1 << 14;
  Tensor total;
  for (std::int64_t begin = 1; begin < n_users_; begin += kAtOnce) {
    std::vector<std::int32_t> users(std::min(kAtOnce, n_users_ - begin));
    std::iota(users.begin(), users.end(), static_cast<std::int32_t>(begin));
    const Tensor part = sum(user_embedding_(Index(std::move(users))), 0).value();
    if (total.defined())
      kernels::add_scaled(1.0, part, total);
    else
      total = part;
  }
  kernels::affine(1.0 / static_cast<double>(n_users_ - 1), 0.0, total, total);
  return total.reshape({1, total.numel()});
}

void Dien::set_mean_user() {
  const Tensor mean = mean_user();
  if (mean.defined()) mean_user_ = Variable(mean);
}

ModelInfo dien_info() {
  Json uniform = Json::object();
  uniform["distribution"] = "uniform";
  uniform["sample_num"] = 1;
  Json sampled = Json::object();
  sampled["mode"] = "uni100";
  return {.name = "DIEN",
          .keys = {Key::integer("MAX_ITEM_LIST_LENGTH", 50, {.min = 1},
                                "the last items of a history that the model looks at"),
                   Key::compat(), Key::integer("embedding_size", 10, {.min = 1}, "width of each feature's vector"),
                   Key::integers("mlp_hidden_size", Json::Array{256, 256, 256}, {.min = 1},
                                 "widths of the hidden layers of all perceptrons"),
                   Key::number("dropout_prob", 0.0, {.min = 0, .below = 1}, "dropout in the last perceptron"),
                   Key::choice("pooling_mode", "mean", {"mean", "max", "sum"}, "how a sequence's vectors become one"),
                   Key::choice("gru_type", "AUGRU", {"GRU", "AIGRU", "AGRU", "AUGRU"}, "the evolving layer"),
                   Key::number("alpha", 1.0, {.min = 0, .max = 1e9}, "weight of the auxiliary loss"),
                   Key::choice("dien_augru", "paper", {"paper", "author"},
                               "paper: AUGRU's gate is a u; author: it is (1 - a) u, as the authors' code"),
                   Key::by_compat("dien_aux", {.fixed = "mlp", .recbole = "linear"}, {"linear", "mlp", "dot"},
                                  "the auxiliary net: mlp (sigmoid layers), linear (no activation, as RecBole's), dot "
                                  "(the paper's inner product)"),
                   Key::by_compat("dien_dice_alpha", {.fixed = "learn", .recbole = "const"}, {"learn", "const"},
                                  "learn: Dice's alpha is trained; const: it stays 0, as RecBole's"),
                   Key::by_compat("dien_neg_align", "fixed: a behaviour's negative is another item; recbole: any")},
          .make = maker<Dien>,
          .features = true,
          .needs = [](const HyperParameters& keys) -> BatchNeeds {
            return {.pairwise = false,
                    .value_negatives = true,
                    .align = keys.get_string("dien_neg_align") == "fixed",
                    .labels = true};
          },
          .defaults = {Key::other_default("metrics", Json::Array{"AUC", "LogLoss"}),
                       Key::other_default("valid_metric", "AUC"), Key::other_default("eval_args", sampled),
                       Key::other_default("train_neg_sample_args", uniform)},
          .token_tables =
              [](const ModelSpec& spec) {
                std::vector<TokenTable> tables;
                add_tables(tables, "user", {TokenRows::kUsers, spec.n_users}, spec.user_features);
                add_tables(tables, "item", {TokenRows::kItems, spec.n_items}, spec.item_features);
                return tables;
              }};
}

}  // namespace seqrec::models
