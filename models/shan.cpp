#include "models/shan.h"

#include <cmath>

#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/shape.h"
#include "autograd/ops/window.h"
#include "nn/losses.h"

namespace seqrec::models {

using namespace autograd;
using kernels::Unary;

Shan::Options::Options(const HyperParameters& keys)
    : embedding_size(keys.get_int("embedding_size")),
      sets{.max_length = keys.get_int("MAX_ITEM_LIST_LENGTH"),
           .short_length = keys.get_int("short_item_length"),
           .disjoint = keys.get_string("shan_long_set") == "before_short"},
      full_sort_right_padded(keys.get_string("shan_full_sort") == "recbole"),
      single_bias(keys.get_string("shan_bias") == "single"),
      squared_norms(keys.get_string("reg_norm") == "squared"),
      bpr(keys.get_string("loss_type") == "BPR"),
      reg_attention(keys.get_doubles("reg_weight")[0]),
      reg_embedding(keys.get_doubles("reg_weight")[1]) {
  require<ConfigError>(sets.short_length <= sets.max_length, "short_item_length can't be longer than ",
                       "MAX_ITEM_LIST_LENGTH: got ", sets.short_length, " and ", sets.max_length);
}

// Initialised as in RecBole: embeddings N(0, 0.01^2), the attention's weights and extra biases U(+-sqrt(3 / width)).
Shan::Shan(const ModelSpec& spec, nn::Scope at)
    : DotProductRecommender(at),
      options_(HyperParameters(spec.hyper_parameters)),
      sampled_(HyperParameters(spec.hyper_parameters), spec.n_items),
      item_embedding_(at / "item_embedding", spec.n_items, options_.embedding_size,
                      {.initial = nn::normal(0.01), .padding = 0}),
      user_embedding_(at / "user_embedding", spec.n_users, options_.embedding_size, {.initial = nn::normal(0.01)}),
      long_w_(attention(at / "long_w")),
      long_b_(at.parameter("long_b", {options_.embedding_size}, attention_initial())),
      long_short_w_(attention(at / "long_short_w")),
      long_short_b_(at.parameter("long_short_b", {options_.embedding_size}, attention_initial())) {}

nn::Initial Shan::attention_initial() const { return nn::uniform(std::sqrt(3.0 / options_.embedding_size)); }

nn::Linear Shan::attention(nn::Scope at) const {
  return {at,
          options_.embedding_size,
          options_.embedding_size,
          {.bias = !options_.single_bias, .initial_weight = attention_initial()}};
}

Variable Shan::forward(const Batch& batch) {
  if constexpr (!kTraining) return {};
  const ShanInput input = shan_input(batch, options_.sets);
  return output_of(input, user_embedding_(input.users));
}

Variable Shan::forward_full_sort(const Batch& batch) {
  if constexpr (!kTraining) return {};
  ShanSets sets = options_.sets;
  sets.right_padded = options_.full_sort_right_padded;
  const ShanInput input = shan_input(batch, sets);
  return output_of(input, user_embedding_(input.users));
}

Variable Shan::output_of(const ShanInput& input, const Variable& users) const {
  const Variable items = item_embedding_(input.items);
  const Variable long_term = long_term_attention_based_pooling_layer(input, items, users);
  return long_and_short_term_attention_based_pooling_layer(input, concat({items, long_term}, 0), users);
}

Variable Shan::long_term_attention_based_pooling_layer(const ShanInput& input, const Variable& items,
                                                       const Variable& users) const {
  const Variable hidden = attention_layer(long_w_, long_b_, items);
  const Variable logits = gather_dot(hidden, input.value_items, users, input.value_users);
  return window_weighted_sum(window_softmax(logits, input.long_windows), items, input.value_items, input.long_windows);
}

Variable Shan::long_and_short_term_attention_based_pooling_layer(const ShanInput& input, const Variable& vectors,
                                                                 const Variable& users) const {
  const Variable hidden = attention_layer(long_short_w_, long_short_b_, vectors);
  const Variable logits = gather_dot(hidden, input.short_rows, users, input.short_users);
  return window_weighted_sum(window_softmax(logits, input.short_windows), vectors, input.short_rows,
                             input.short_windows);
}

Variable Shan::attention_layer(const nn::Linear& layer, const Variable& bias, const Variable& x) const {
  return layer(x, bias, Unary::Relu);
}

SampledInput<ShanInput> Shan::training_input(const Batch& batch) const {
  return {shan_input(batch, options_.sets), sampled_.input(batch.targets, batch.shared_negatives)};
}

void Shan::prepare(Batch& batch, const Step& /*step*/) const {
  if constexpr (kTraining) keep_input(batch, training_input(batch));
}

Variable Shan::calculate_loss(const Batch& batch) {
  if constexpr (!kTraining) return {};
  const auto input = input_of(batch, [&] { return training_input(batch); });
  const Variable users = user_embedding_(input->of.users);
  const Variable output = output_of(input->of, users);
  const Variable positives = item_embedding_(batch.targets);
  const Variable regularisation = reg_loss(embedding(users, input->of.row_users), positives);
  if (sampled_.is_asked_for()) return sampled_(output, item_embedding_, positives, input->negatives) + regularisation;
  if (!options_.bpr) return catalogue_cross_entropy(output, item_table(), batch.targets) + regularisation;
  return nn::bpr_loss(output, positives, item_embedding_(batch.negatives)) + regularisation;
}

// RecBole: the norms of whole matrices, not squared; `reg_norm: squared` gives the paper's eq. 8, a mean over the rows.
Variable Shan::reg_loss(const Variable& user_embedding, const Variable& item_embedding) const {
  if (!options_.squared_norms)
    return sum_of_norms(
        {long_w_.weight(), long_short_w_.weight(), user_embedding, item_embedding},
        {options_.reg_attention, options_.reg_attention, options_.reg_embedding, options_.reg_embedding});
  const auto penalty = [](const Variable& a, const Variable& b, double rows) {
    return (sum(square(a)) + sum(square(b))) / rows;
  };
  return options_.reg_attention * penalty(long_w_.weight(), long_short_w_.weight(), 1.0) +
         options_.reg_embedding *
             penalty(user_embedding, item_embedding, static_cast<double>(user_embedding.shape()[0]));
}

ModelInfo shan_info() {
  ModelInfo info{
      "SHAN",
      {Key::integer("MAX_ITEM_LIST_LENGTH", 50, {.min = 1}, "the last items of a history that the model looks at"),
       Key::compat(), Key::integer("embedding_size", 64, {.min = 1}, "width of the item and user vectors"),
       Key::integer("short_item_length", 2, {.min = 1}, "how many of the last items are the short-term set"),
       loss_type_key({"CE", "BPR"}, "CE: softmax over all items; BPR: against one sampled negative"),
       Key::numbers("reg_weight", Json::Array{0.01, 1e-4}, {.min = 0}, 2,
                    "weights of the attention's and of the embeddings' norms in the loss"),
       Key::by_compat("shan_full_sort",
                      "fixed: full sort reads the sequence that is trained on; recbole: the right-padded one"),
       Key::choice("shan_long_set", "all", {"all", "before_short"},
                   "all: the long-term set holds the short-term items too (RecBole); before_short: the paper's, "
                   "without them"),
       Key::choice("shan_bias", "double", {"double", "single"},
                   "double: Linear's bias and an extra vector (RecBole); single: the extra vector only"),
       Key::choice("reg_norm", "unsquared", {"unsquared", "squared"},
                   "unsquared: norms of whole matrices (RecBole); squared: the paper's, by row")},
      maker<Shan>};
  add_sampled_loss_keys(info.keys);
  return info;
}

}  // namespace seqrec::models
