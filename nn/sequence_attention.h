#pragma once

#include "core/windows.h"
#include "nn/score_mlp.h"

namespace seqrec::nn {

/// RecBole's SequenceAttLayer with a softmax: how much each value of a window matters to the window's query. A
/// perceptron over [q, k, q - k, q * k] with a sigmoid after each hidden layer gives a logit, and the weights are the
/// softmax over the window of logit / sqrt(width). Parameters `att_mlp_layers.mlp_layers.1`, `.4`, ... and `dense`.
///
/// q - k repeats what q and k say, so the layer reads [q, k, q * k] with the first weight folded: the same function.
class SequenceAttention : public Module {
 public:
  SequenceAttention(Scope at, std::int64_t width, const std::vector<std::int64_t>& hidden);

  /// queries [windows, width], keys [values, width]; weights by entry, [entries].
  Variable operator()(const Variable& queries, const Variable& keys, const Windows& windows) const;

  /// From now on the parameters don't change, and windows come one at a time, too.
  void freeze_alone();
  /// Queries that all look at the same keys [n, width]: weights [queries, n].
  void alone(std::int64_t queries, const float* of_queries, std::int64_t n, const float* keys, Arena& arena,
             float* weights) const;

 private:
  Variable folded_weight() const;

  std::int64_t width_;
  ScoreMlp mlp_;
};

}  // namespace seqrec::nn
