#pragma once

#include <vector>

#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/norm.h"

namespace seqrec::nn {

/// Dice as RecBole has it, where batch norm comes before it: f(s) = p s + (1 - p) alpha s, p = sigmoid(s), of s [rows,
/// width] (G. Zhou et al., "Deep Interest Network", KDD 2018, eq. 3, without its own mean and variance). `learnable`:
/// alpha [width] is a parameter, 0 at first, as the paper has it; else it stays 0, as RecBole's does.
class Dice : public Module {
 public:
  Dice(Scope at, std::int64_t width, bool learnable);
  Variable operator()(const Variable& s) const;
  /// The same of rows s [rows, width] in f32 on the CPU, in their place.
  void alone(std::int64_t rows, std::int64_t width, Arena& arena, float* s) const;

 private:
  Variable alpha_;  // undefined: 0
};

struct DiceMlpOptions {
  double dropout = 0;
  bool learnable_dice = true;
};

/// RecBole's MLPLayers with bn and Dice: dropout, linear, batch norm, Dice for each hidden width, at least one.
/// Parameters `mlp_layers.N`, where N counts PyTorch's Sequential: 1 the linear layer, 2 its batch norm, 3 its Dice, 5
/// the next linear layer, ... Fresh weights are Xavier normal, biases 0, which get no gradient: batch norm takes them
/// out.
class DiceMlp : public Module {
 public:
  DiceMlp(Scope at, std::int64_t in, const std::vector<std::int64_t>& hidden, const DiceMlpOptions& options = {});
  Variable operator()(const Variable& x);

  /// From now on the parameters don't change, and rows may be computed in the caller's memory.
  void freeze_alone();
  /// x [rows, in], out [rows, the last hidden width].
  void alone(std::int64_t rows, const float* x, Arena& arena, float* out) const;

 private:
  struct Layer {
    Dropout dropout;
    Linear linear;
    BatchNorm1d norm;
    Dice dice;
    kernels::alone::Linear alone = {};  // once frozen
  };
  std::vector<Layer> layers_;
};

}  // namespace seqrec::nn
