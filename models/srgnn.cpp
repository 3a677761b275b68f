#include "models/srgnn.h"

#include "autograd/ops/additive_scores.h"
#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/shape.h"
#include "autograd/ops/window.h"
#include "nn/losses.h"

namespace seqrec::models {

using namespace autograd;

Srgnn::Options::Options(const HyperParameters& keys)
    : embedding_size(keys.get_int("embedding_size")),
      max_length(keys.get_int("MAX_ITEM_LIST_LENGTH")),
      step(keys.get_int("step")),
      edge_weight(keys.get_string("srgnn_edge_weight") == "count" ? EdgeWeight::Count : EdgeWeight::Binary),
      bpr(keys.get_string("loss_type") == "BPR"),
      pad_in_softmax(keys.get_bool("pad_in_softmax")) {}

// As in RecBole, every parameter is drawn from U(+-1 / sqrt(width)).
Srgnn::Srgnn(const ModelSpec& spec, nn::Scope at)
    : DotProductRecommender(at),
      options_(HyperParameters(spec.hyper_parameters)),
      sampled_(HyperParameters(spec.hyper_parameters), spec.n_items),
      item_embedding_(at / "item_embedding", spec.n_items, options_.embedding_size,
                      {.initial = initial(), .padding = 0}),
      gnn_(at / "gnn", options_.embedding_size),
      linear_one_(at / "linear_one", options_.embedding_size, options_.embedding_size),
      linear_two_(at / "linear_two", options_.embedding_size, options_.embedding_size),
      linear_three_(at / "linear_three", options_.embedding_size, 1, {.bias = false}),
      linear_transform_(at / "linear_transform", 2 * options_.embedding_size, options_.embedding_size,
                        {.initial_weight = initial(), .initial_bias = initial()}) {}

nn::Initial Srgnn::initial() const { return nn::uniform(nn::fan_in_bound(options_.embedding_size)); }

SrgnnInput Srgnn::make_input(const Batch& batch) const {
  return srgnn_input(batch, options_.max_length, options_.step, options_.edge_weight);
}

SampledInput<SrgnnInput> Srgnn::training_input(const Batch& batch) const {
  return {make_input(batch), sampled_.input(batch.targets, batch.shared_negatives)};
}

void Srgnn::prepare(Batch& batch, const Step& /*step*/) const {
  if constexpr (kTraining) keep_input(batch, training_input(batch));
}

Variable Srgnn::forward(const Batch& batch) {
  if constexpr (!kTraining) return {};
  return output_of(make_input(batch));
}

Variable Srgnn::output_of(const SrgnnInput& input) const {
  Variable nodes = item_embedding_(input.items);
  for (const Graph& graph : input.graphs) nodes = gnn_(nodes, graph);
  const Variable last = embedding(nodes, input.last);
  return linear_transform_(concat({global_preference(input, nodes, last), last}, 1));  // eq. 7
}

Variable Srgnn::global_preference(const SrgnnInput& input, const Variable& nodes, const Variable& last) const {
  const Variable query = reshape(linear_three_.weight(), {options_.embedding_size});
  const Variable scores =
      window_additive_scores(linear_one_(last), linear_two_(nodes), query, input.nodes, input.windows);
  return window_weighted_sum(scores, nodes, input.nodes, input.windows);
}

Variable Srgnn::calculate_loss(const Batch& batch) {
  if constexpr (!kTraining) return {};
  const auto input = input_of(batch, [&] { return training_input(batch); });
  const Variable output = output_of(input->of);
  if (sampled_.is_asked_for())
    return sampled_(output, item_embedding_, item_embedding_(batch.targets), input->negatives);
  if (options_.bpr) {
    return nn::bpr_loss(output, item_embedding_(batch.targets), item_embedding_(batch.negatives));
  }
  return catalogue_cross_entropy(output, item_table(), batch.targets, options_.pad_in_softmax ? 0 : 1);
}

ModelInfo srgnn_info() {
  ModelInfo info{
      "SRGNN",
      {Key::integer("MAX_ITEM_LIST_LENGTH", 50, {.min = 1}, "the last items of a history that the model looks at"),
       Key::integer("embedding_size", 64, {.min = 1}, "width of all vectors"),
       Key::integer("step", 1, {.min = 1, .max = 100}, "how often a node's vector is computed from its neighbours'"),
       loss_type_key({"CE", "BPR"}, "CE: softmax over all items; BPR: against one sampled negative"),
       Key::choice("srgnn_edge_weight", "binary", {"binary", "count"},
                   "binary: an edge counts once however often it occurs (RecBole); count: the paper's occurrences / "
                   "degree"),
       Key::boolean("pad_in_softmax", true, "whether the padding row is a class of the CE loss (RecBole)")},
      maker<Srgnn>};
  add_sampled_loss_keys(info.keys);
  return info;
}

}  // namespace seqrec::models
