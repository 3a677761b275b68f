#include "models/transformer_keys.h"

namespace seqrec::models {

std::vector<Key> transformer_keys() {
  constexpr NumberRange kShare{.min = 0, .below = 1};
  return {Key::integer("n_layers", 2, {.min = 1}, "layers of the transformer"),
          Key::integer("n_heads", 2, {.min = 1}, "attention heads of a layer; they must divide hidden_size"),
          Key::integer("hidden_size", 64, {.min = 1}, "width of the item vectors"),
          Key::integer("inner_size", 256, {.min = 1}, "width of the hidden layer of the point-wise sublayers"),
          Key::number("hidden_dropout_prob", 0.5, kShare, "dropout of the embeddings and of each sublayer's output"),
          Key::number("attn_dropout_prob", 0.5, kShare, "dropout of the attention's weights"),
          Key::choice("hidden_act", "gelu", {"gelu", "relu", "swish", "tanh", "sigmoid"},
                      "activation of the point-wise sublayers"),
          Key::number("layer_norm_eps", 1e-12, {.min = 1e-30, .max = 1}, "added to the variance in layer norms"),
          Key::number("initializer_range", 0.02, {.min = 0, .max = 1e3}, "standard deviation of the initial weights")};
}

nn::TransformerOptions transformer_options(const HyperParameters& keys) {
  return {.n_layers = keys.get_int("n_layers"),
          .n_heads = keys.get_int("n_heads"),
          .hidden_size = keys.get_int("hidden_size"),
          .inner_size = keys.get_int("inner_size"),
          .hidden_dropout_prob = keys.get_double("hidden_dropout_prob"),
          .attn_dropout_prob = keys.get_double("attn_dropout_prob"),
          .hidden_act = keys.get_string("hidden_act"),
          .layer_norm_eps = keys.get_double("layer_norm_eps"),
          .initializer_range = keys.get_double("initializer_range")};
}

}  // namespace seqrec::models
