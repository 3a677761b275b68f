#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/feature.h"
#include "core/json.h"
#include "core/tensor.h"
#include "models/item_attributes.h"

namespace seqrec::models {

/// What a model without parameters is, by name: counts, lists, whole histories. Made by its `fit`
/// (ModelInfo), or read from a model file.
using FittedTensors = std::vector<std::pair<std::string, Tensor>>;

/// What a model is made from: the numbers of ids (padding included) and its hyper-parameters under RecBole's keys. The
/// same from a configuration and from a model file.
struct ModelSpec {
  std::string model;  ///< "SHAN"
  std::int64_t n_users = 0;
  std::int64_t n_items = 0;
  Json hyper_parameters;          ///< a map; checked and complete (but for local keys) where a model is made
  std::int64_t n_attributes = 0;  ///< different attributes of the items, without padding; 0: the model takes none
  /// Their tokens, attribute a as a + 1; null where no one knows.
  std::shared_ptr<const Vocabulary> attribute_vocabulary = nullptr;
  /// The items' attributes, for training; null in a model that only scores.
  std::shared_ptr<const ItemAttributes> attributes = nullptr;
  /// What is known of each user (n_users rows) and item (n_items rows), for a model that embeds it.
  std::vector<Feature> user_features = {}, item_features = {};
  /// Of a model that is fitted and not trained; empty in all others.
  FittedTensors fitted = {};
};

}  // namespace seqrec::models
