#pragma once

#include <string>
#include <vector>

#include "core/feature.h"
#include "nn/module.h"

namespace seqrec::nn {

/// How the values of a sequence become one vector.
enum class Pooling {
  Mean,
  Max,
  Sum,
  RecBoleMax  ///< Max, but a sequence of nothing is the first row less 1e9: RecBole masks so, and nothing else is there
};

/// The features of users (or items) as vectors, one after the other: [ids, fields * width]. RecBole's
/// ContextSeqEmbLayer, of one side, with its names and its order: token fields, token sequences, float fields, float
/// sequences.
///
/// - token_embedding_table.SIDE.embedding.weight: the token fields' tables, stacked;
/// - token_seq_embedding_table.SIDE.N.weight: of the Nth token sequence; its tokens but the missing ones are pooled;
/// - float_embedding_table.SIDE.embedding.weight: two rows per float field; a number is a multiple of the second, as
///   RecBole has it without discretization;
/// - float_seq_embedding_table.SIDE.N.weight: the same, two rows; the numbers' vectors are pooled.
///
/// A sequence of nothing is 0, unless Pooling::RecBoleMax.
/// Fresh tables are Xavier normal.
class FeatureEmbedding : public Module {
 public:
  FeatureEmbedding(Scope at, const std::string& side, const std::vector<Feature>& features, std::int64_t width,
                   Pooling pooling);

  /// Names of the tables of tokens: of the token fields together, and of the Nth token sequence.
  static std::string token_table(const std::string& side);
  static std::string token_seq_table(const std::string& side, std::size_t number);

  Variable operator()(const Index& ids) const;
  std::int64_t width() const { return width_ * static_cast<std::int64_t>(fields_); }

 private:
  struct Sequence {
    Feature feature;
    Variable table;
  };
  Variable embed_single(const std::vector<Feature>& features, const Variable& table, const Index& ids) const;
  Variable embed_sequence(const Sequence& sequence, const Index& ids) const;

  std::int64_t width_;
  std::size_t fields_;
  Pooling pooling_;
  std::vector<Feature> tokens_, floats_;
  Variable token_table_, float_table_;
  std::vector<Sequence> token_sequences_, float_sequences_;
};

}  // namespace seqrec::nn
