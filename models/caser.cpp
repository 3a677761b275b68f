#include "models/caser.h"

#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "kernels/copy.h"
#include "nn/losses.h"

namespace seqrec::models {

using namespace autograd;
using kernels::Unary;

/// Filters take memory by the square of it.
static constexpr std::int64_t kMostHeights = 1000;

Caser::Options::Options(const HyperParameters& keys)
    : embedding_size(keys.get_int("embedding_size")),
      max_length(keys.get_int("MAX_ITEM_LIST_LENGTH")),
      vertical(keys.get_int("nv")),
      horizontal(keys.get_int("nh")),
      targets(keys.get_int("caser_targets")),
      dropout(keys.get_double("dropout_prob")),
      reg_weight(keys.get_double("reg_weight")),
      loss_type(keys.get_string("loss_type")),
      paper_head(keys.get_string("caser_head") == "paper") {}

/// The paper's W' and b': N(0, deviation^2), the bias in the last column 0.
static nn::Initial output_layer(double deviation) {
  if constexpr (!kTraining) return nullptr;
  return [deviation](Tensor& values, Random& random) {
    nn::normal(deviation)(values, random);
    Tensor bias = values.slice(1, values.size(1) - 1, values.size(1));
    kernels::fill(0.0, bias);
  };
}

// Initialised as in RecBole: embeddings N(0, 1 / width^2), matrices Xavier's normal, their biases 0, convolutions as
// PyTorch's.
Caser::Caser(const ModelSpec& spec, nn::Scope at)
    : DotProductRecommender(at),
      options_(HyperParameters(spec.hyper_parameters)),
      sampled_(HyperParameters(spec.hyper_parameters), spec.n_items),
      user_embedding_(at / "user_embedding", spec.n_users, options_.embedding_size,
                      {.initial = nn::normal(1.0 / options_.embedding_size), .padding = 0}),
      item_embedding_(at / "item_embedding", spec.n_items, options_.embedding_size,
                      {.initial = nn::normal(1.0 / options_.embedding_size), .padding = 0}),
      conv_v_(at / "conv_v", options_.vertical, options_.max_length),
      conv_h_(at / "conv_h", options_.horizontal, options_.max_length, options_.embedding_size),
      fc1_(at / "fc1", options_.convolved(), options_.embedding_size,
           {.initial_weight = nn::xavier_normal(), .initial_bias = nn::zeros()}),
      dropout_(at / "dropout", options_.dropout) {
  const std::int64_t width = options_.embedding_size;
  if (options_.paper_head) {
    w2_.emplace(at / "W2", spec.n_items, 2 * width + 1,
                nn::EmbeddingOptions{.initial = output_layer(1.0 / (2 * width))});
  } else {
    fc2_.emplace(at / "fc2", 2 * width, width,
                 nn::LinearOptions{.initial_weight = nn::xavier_normal(), .initial_bias = nn::zeros()});
  }
}

const Variable& Caser::item_table() const { return options_.paper_head ? w2_->weight() : item_embedding_.weight(); }

Tensor Caser::item_vectors(std::int64_t begin, std::int64_t end) const {
  return item_embedding_.weight().value().slice(0, begin, end);
}

void Caser::freeze() {
  DotProductRecommender::freeze();
  if (kTraining && item_embedding_.weight().device() == kCpu) conv_h_.freeze();
}

Caser::Input Caser::make_input(const Batch& batch) const {
  const CaserInput input = caser_input(batch, options_.max_length);
  return {input, conv_v_.filter(input.windows)};
}

Caser::TrainingInput Caser::training_input(const Batch& batch) const {
  CaserTargets of = caser_targets(batch, options_.targets);
  nn::SampledClasses negatives = sampled_.input(of.targets, batch.shared_negatives);
  return {make_input(batch), std::move(of), std::move(negatives)};
}

void Caser::prepare(Batch& batch, const Step& /*step*/) const {
  if constexpr (kTraining) keep_input(batch, training_input(batch));
}

Variable Caser::forward(const Batch& batch) {
  if constexpr (!kTraining) return {};
  return output_of(make_input(batch), batch);
}

Variable Caser::output_of(const Input& input, const Batch& batch) {
  const Variable items = item_embedding_(input.of.items);  // eq. 1, each item once
  const Variable out_v = conv_v_(items, input.of.windows, input.vertical);
  const Variable out_h = conv_h_(items, input.of.windows);
  const Variable z = fc1_(dropout_(concat({out_v, out_h}, 1)), Unary::Relu);  // eq. 9
  const Variable users = user_embedding_(batch.users);
  if (!options_.paper_head) return (*fc2_)(concat({z, users}, 1), Unary::Relu);
  Tensor ones({batch.rows(), 1}, z.dtype(), z.device());
  kernels::fill(1.0, ones);
  return concat({z, users, Variable(ones)}, 1);  // eq. 10
}

Variable Caser::calculate_loss(const Batch& batch) {
  if constexpr (!kTraining) return {};
  const auto input = input_of(batch, [&] { return training_input(batch); });
  const CaserTargets& of = input->targets;
  Variable output = output_of(input->input, batch);
  if (options_.targets > 1) output = embedding(output, of.rows);
  const nn::Embedding& items = options_.paper_head ? *w2_ : item_embedding_;
  Variable loss;
  if (options_.loss_type == "CE") {
    loss = catalogue_cross_entropy(output, item_table(), of.targets);
  } else if (sampled_.is_asked_for()) {
    loss = sampled_(output, items, items(of.targets), input->sampled);
  } else {
    const auto pairs = options_.loss_type == "BPR" ? nn::bpr_loss : nn::bce_loss;
    loss = pairs(output, items(of.targets), items(of.negatives));
  }
  if (options_.reg_weight == 0) return loss;
  return loss + reg_loss();
}

Variable Caser::reg_loss() const {
  std::vector<Variable> all{user_embedding_.weight(), item_embedding_.weight(), conv_v_.weight(), fc1_.weight(),
                            options_.paper_head ? w2_->weight() : fc2_->weight()};
  all.insert(all.end(), conv_h_.weights().begin(), conv_h_.weights().end());
  return sum_of_norms(all, std::vector<double>(all.size(), options_.reg_weight));
}

ModelInfo caser_info() {
  ModelInfo info{
      "Caser",
      {Key::integer("MAX_ITEM_LIST_LENGTH", 50, {.min = 1, .max = kMostHeights},
                    "the last items of a history that the model looks at, which has filters of each height up to it"),
       Key::compat(), Key::integer("embedding_size", 64, {.min = 1}, "width of the item and user vectors"),
       Key::integer("nv", 4, {.min = 1}, "number of vertical filters"),
       Key::integer("nh", 8, {.min = 1}, "number of horizontal filters of each height"),
       Key::number("dropout_prob", 0.4, {.min = 0, .below = 1}, "dropout of the convolutions' output"),
       loss_type_key({"CE", "BPR", "BCE"},
                     "CE: softmax over all items; BPR: against sampled negatives; BCE: the paper's, each target and "
                     "negative by itself"),
       Key::number("reg_weight", 1e-4, {.min = 0, .max = 1e30}, "weight of the parameters' norms in the loss"),
       Key::integer("caser_targets", 1, {.min = 1},
                    "how many items after the window are targets (the paper's T, which lets it skip some); RecBole "
                    "has 1"),
       Key::choice("caser_head", "recbole", {"recbole", "paper"},
                   "recbole: one more layer, then the item vectors; paper: item vectors and biases of the output's "
                   "own")},
      maker<Caser>};
  add_sampled_loss_keys(info.keys);
  info.needs = [](const HyperParameters& keys) -> BatchNeeds {
    return {.next_targets = keys.get_int("caser_targets") - 1};
  };
  info.token_tables = [](const ModelSpec& spec) {
    std::vector<TokenTable> tables = id_tables(spec);
    tables.push_back({"W2.weight", tables.back().parts});
    return tables;
  };
  return info;
}

}  // namespace seqrec::models
