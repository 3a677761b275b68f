#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kernels/matmul.h"
#include "nn/linear.h"

namespace seqrec::nn {

struct ScoreMlpOptions {
  kernels::Activation activation = kernels::Unary::Relu;  ///< after each hidden layer
  std::vector<std::string> names = {};  ///< of each layer, the score's too; none: `layer.0`, `layer.1`, ..., `score`
};

/// Linear layers that end in one score per row, computed by tiles that stay in cache (kernels/score_mlp.h). Fresh
/// weights are Xavier normal, biases 0.
class ScoreMlp : public Module {
 public:
  /// hidden: the layers' widths, at least one; the score's layer comes after them.
  ScoreMlp(Scope at, std::int64_t in, const std::vector<std::int64_t>& hidden, const ScoreMlpOptions& options = {});

  /// [rows] of x [rows, in].
  Variable operator()(const Variable& x) const;
  /// The same with a first weight of another form, for inputs that repeat themselves.
  Variable operator()(const Variable& x, const Variable& first_weight) const;
  /// sum of weights[i] times the binary cross-entropy of row i's score with targets[i] (constants [rows]).
  Variable loss(const Variable& x, const Tensor& targets, const Tensor& weights) const;
  /// Without an activation all layers are one affine map: its weight [1, in] and bias [1].
  std::pair<Variable, Variable> collapsed() const;

  /// From now on the parameters don't change, `first_weight` is the first weight, and small parts of a batch may be
  /// scored in the caller's memory.
  void freeze_alone(const Variable& first_weight);
  /// x [rows, in], scores [rows].
  void alone(std::int64_t rows, const float* x, Arena& arena, float* scores) const;

  const Variable& first_weight() const { return layers_.front().weight(); }

 private:
  std::vector<Variable> layer_parameters() const;

  kernels::Activation activation_;
  std::vector<Linear> layers_;
  std::vector<kernels::alone::Linear> alone_;  // the hidden ones, once frozen
};

}  // namespace seqrec::nn
