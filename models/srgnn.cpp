#include "models/srgnn.h"

#include "autograd/ops/additive_scores.h"
#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/shape.h"
#include "autograd/ops/window.h"
#include "nn/losses.h"

namespace seqrec::models {

Srgnn::Options::Options(const HyperParameters& keys)
    : embedding_size(keys.get_int("embedding_size")),
      max_length(keys.get_int("MAX_ITEM_LIST_LENGTH")),
      step(keys.get_int("step")),
      edge_weight(keys.get_string("srgnn_edge_weight") == "count" ? EdgeWeight::Count : EdgeWeight::Binary),
      bpr(keys.get_string("loss_type") == "BPR"),
      pad_in_softmax(keys.get_bool("pad_in_softmax")) {}

// As in RecBole, every parameter is drawn from U(+-1 / sqrt(width)).
Srgnn::Srgnn(const ModelSpec& spec, nn::Init& init)
    : options_(HyperParameters(spec.hyper_parameters)),
      item_embedding_(init.uniform({spec.n_items, options_.embedding_size}, nn::fan_in_bound(options_.embedding_size)),
                      0),
      gnn_(options_.embedding_size, init),
      linear_one_(options_.embedding_size, options_.embedding_size, init),
      linear_two_(options_.embedding_size, options_.embedding_size, init),
      linear_three_(options_.embedding_size, 1, init, false),
      linear_transform_(2 * options_.embedding_size, options_.embedding_size, nn::fan_in_bound(options_.embedding_size),
                        init) {
  add_module("item_embedding", item_embedding_);
  add_module("gnn", gnn_);
  add_module("linear_one", linear_one_);
  add_module("linear_two", linear_two_);
  add_module("linear_three", linear_three_);
  add_module("linear_transform", linear_transform_);
}

Variable Srgnn::forward(const Batch& batch) {
  const SrgnnInput input = srgnn_input(batch, options_.max_length, options_.step, options_.edge_weight);
  Variable nodes = item_embedding_.forward(input.items);
  for (const Graph& graph : input.graphs) nodes = gnn_.forward(nodes, graph);
  const Variable last = autograd::embedding(nodes, input.last);
  return linear_transform_.forward(autograd::concat({global_preference(input, nodes, last), last}, 1));  // eq. 7
}

Variable Srgnn::global_preference(const SrgnnInput& input, const Variable& nodes, const Variable& last) const {
  const Variable query = autograd::reshape(linear_three_.weight(), {options_.embedding_size});
  const Variable scores = autograd::window_additive_scores(linear_one_.forward(last), linear_two_.forward(nodes), query,
                                                           input.nodes, input.windows);
  return autograd::window_weighted_sum(scores, nodes, input.nodes, input.windows);
}

Variable Srgnn::calculate_loss(const Batch& batch) {
  if constexpr (!kTraining) return {};
  const Variable output = forward(batch);
  if (options_.bpr) {
    return nn::bpr_loss(output, item_embedding_.forward(batch.targets), item_embedding_.forward(batch.negatives));
  }
  return autograd::catalogue_cross_entropy(output, item_table(), batch.targets, options_.pad_in_softmax ? 0 : 1);
}

ModelInfo srgnn_info() {
  return {
      "SRGNN",
      {Key::integer("MAX_ITEM_LIST_LENGTH", 50, {.min = 1}, "the last items of a history that the model looks at"),
       Key::integer("embedding_size", 64, {.min = 1}, "width of all vectors"),
       Key::integer("step", 1, {.min = 1, .max = 100}, "how often a node's vector is computed from its neighbours'"),
       Key::choice("loss_type", "CE", {"CE", "BPR"}, "CE: softmax over all items; BPR: against one sampled negative"),
       Key::choice("srgnn_edge_weight", "binary", {"binary", "count"},
                   "binary: an edge counts once however often it occurs (RecBole); count: the paper's occurrences / "
                   "degree"),
       Key::boolean("pad_in_softmax", true, "whether the padding row is a class of the CE loss (RecBole)")},
      maker<Srgnn>};
}

}  // namespace seqrec::models
