#pragma once

#include <vector>

#include "core/key.h"
#include "models/hyper_parameters.h"
#include "nn/attention.h"

namespace seqrec::models {

/// RecBole's keys of a transformer, with its defaults, for S3-Rec and any model of one's own: `n_layers`, `n_heads`,
/// `hidden_size`, `inner_size`, `hidden_dropout_prob`, `attn_dropout_prob`, `hidden_act`, `layer_norm_eps`,
/// `initializer_range`.
std::vector<Key> transformer_keys();
/// What they say.
nn::TransformerOptions transformer_options(const HyperParameters& keys);

}  // namespace seqrec::models
