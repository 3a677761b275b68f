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

/// A column of the items that a model predicts, with its tokens: an attribute for each but the padding.
struct AttributeColumn {
  std::string name;
  std::int64_t size = 0;                                   ///< different attributes
  std::shared_ptr<const Vocabulary> vocabulary = nullptr;  ///< size + 1 tokens; null where no one knows them
};

/// What a model is made from: the numbers of ids (padding included) and its hyper-parameters under RecBole's keys. The
/// same from a configuration and from a model file.
struct ModelSpec {
  std::string model;  ///< "SHAN"
  std::int64_t n_users = 0;
  std::int64_t n_items = 0;
  Json hyper_parameters;  ///< a map; checked and complete (but for local keys) where a model is made
  /// Where the items' attributes come from; none: the model takes none, or does without. The first column's are counted
  /// from 0, each further one's from the end of the one before.
  std::vector<AttributeColumn> attribute_columns = {};
  /// The items' attributes, for training; null in a model that only scores.
  std::shared_ptr<const ItemAttributes> attributes = nullptr;
  /// What is known of each user (n_users rows) and item (n_items rows), for a model that embeds it.
  std::vector<Feature> user_features = {}, item_features = {};
  /// Of a model that is fitted and not trained; empty in all others.
  FittedTensors fitted = {};

  /// Of all columns.
  std::int64_t n_attributes() const {
    std::int64_t sum = 0;
    for (const AttributeColumn& column : attribute_columns) sum += column.size;
    return sum;
  }
};

}  // namespace seqrec::models
