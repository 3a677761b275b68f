#pragma once

#include <optional>

#include "models/dien_input.h"
#include "nn/gru.h"
#include "nn/score_mlp.h"
#include "nn/sequence_attention.h"

namespace seqrec::models {

using autograd::Variable;

/// DIEN's interest extractor layer (RecBole's InterestExtractorNetwork): a GRU over the behaviours' vectors, whose
/// states the auxiliary loss teaches what is chosen next.
class InterestExtractorNetwork : public nn::Module {
 public:
  enum class Auxiliary {
    Linear,  ///< RecBole's: four linear layers, no activation between them: one affine map
    Mlp,     ///< the same layers with a sigmoid between them, as the authors' code has it
    Dot      ///< the paper's: the inner product of state and vector; no parameters
  };
  InterestExtractorNetwork(nn::Scope at, std::int64_t width, const std::vector<std::int64_t>& hidden,
                           Auxiliary auxiliary);

  /// The interest's state at each place, [places, width]: `items` are the vectors of DienHistory::items.
  Variable operator()(const DienHistory& history, const Variable& items) const;
  /// eq. 5: the weighted mean of the binary cross-entropies of (state, what was chosen next) with 1 and of (state, what
  /// was not) with 0. `items` are the vectors of DienInput::items. At least one pair.
  Variable auxiliary_loss(const DienPairs& pairs, const Variable& states, const Variable& items) const;

  /// From now on the parameters don't change, and windows come one at a time, too.
  void freeze_alone() { gru_.freeze_alone(); }
  /// The states after each of the items' vectors x [rows, width]: out [rows, width].
  void alone(std::int64_t rows, const float* x, Arena& arena, float* out) const;

 private:
  Auxiliary auxiliary_;
  nn::Gru gru_;
  std::optional<nn::ScoreMlp> auxiliary_net_;  // none for Dot
};

/// DIEN's interest evolving layer: how the interests that matter to a target evolved, by one of
///
/// - GRU: the attention's weighted sum of the states of a second GRU (the paper's BaseModel + two layers);
/// - AIGRU, AGRU, AUGRU: the last state of a GRU whose input (eq. 8), or update gate (eq. 9 and 11), the attention
/// scales.
class InterestEvolvingLayer : public nn::Module {
 public:
  /// `cell` Gru gives the first form.
  InterestEvolvingLayer(nn::Scope at, std::int64_t width, const std::vector<std::int64_t>& hidden,
                        kernels::GruCell cell);

  /// What all targets share: W_ih times the interests, and for the first form the second GRU's states.
  struct Shared {
    Variable keys;       ///< [places, width]
    Variable projected;  ///< [places, 3 width]; undefined for the first form
  };
  Shared share(const DienHistory& history, const Variable& interests) const;
  /// [targets, width]: `queries` are the targets' vectors, `windows` are over the places; 0 for an empty window.
  Variable operator()(const Shared& shared, const Variable& queries, const Windows& windows) const;

  void freeze_alone() { attention_layer_.freeze_alone(), dynamic_rnn_.freeze_alone(); }
  /// The same of one window.
  struct SharedAlone {
    std::int64_t places;
    const float *keys, *projected;  ///< as Shared's
  };
  /// In the arena's memory, of interests [places, width], which must stay.
  SharedAlone share_alone(std::int64_t places, const float* interests, Arena& arena) const;
  /// queries and out [targets, width].
  void alone(const SharedAlone& shared, std::int64_t targets, const float* queries, Arena& arena, float* out) const;

 private:
  kernels::GruCell cell_;
  nn::SequenceAttention attention_layer_;
  nn::Gru dynamic_rnn_;
};

}  // namespace seqrec::models
