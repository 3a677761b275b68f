#pragma once

#include <string>
#include <vector>

#include "core/feature.h"
#include "core/numbers.h"
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

  /// What the features say of some ids.
  struct Rows {
    std::int64_t size = 0;  ///< ids
    struct Field {
      Windows windows;  ///< of a sequence: [ids] over the rows
      Index rows;       ///< of the table
      Numbers numbers;  ///< [rows] that multiply them; empty: nothing does
      Numbers shares;   ///< [ids] of a sequence: 1 / its number of rows
      Numbers masks;    ///< [rows] that are added to them; empty: nothing is
    };
    std::vector<Field> fields;  ///< token fields, each token sequence, float fields, each float sequence

    template <class F>
    void for_each(F f) const {
      for (const Field& field : fields) {
        f(field.windows), f(field.rows);
        for (const Numbers& numbers : {field.numbers, field.shares, field.masks}) f(numbers);
      }
    }
  };
  Rows rows(const Index& ids) const;
  Variable operator()(const Index& ids) const { return (*this)(rows(ids)); }
  Variable operator()(const Rows& rows) const;
  std::int64_t width() const { return width_ * static_cast<std::int64_t>(fields_); }

 private:
  struct Sequence {
    Feature feature;
    Variable table;
  };
  Rows::Field sequence_rows(const Feature& feature, const Index& ids) const;
  Variable embed_single(std::size_t fields, const Variable& table, const Rows& ids, const Rows::Field& field) const;
  Variable embed_sequence(const Variable& table, const Rows::Field& field) const;

  std::int64_t width_;
  std::size_t fields_;
  Pooling pooling_;
  std::vector<Feature> tokens_, floats_;
  Variable token_table_, float_table_;
  std::vector<Sequence> token_sequences_, float_sequences_;
};

}  // namespace seqrec::nn
