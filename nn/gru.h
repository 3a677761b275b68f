#pragma once

#include <string>

#include "core/windows.h"
#include "kernels/alone.h"
#include "kernels/gru.h"
#include "nn/module.h"

namespace seqrec::nn {

struct GruOptions {
  kernels::GruCell cell = kernels::GruCell::Gru;
  bool bias = true;
  std::string suffix = "_l0";        ///< of the parameters' names: PyTorch's GRU of one layer; "": its cell
  Initial initial_weight = nullptr;  ///< null: as PyTorch's, U(+-1 / sqrt(width))
  Initial initial_bias = nullptr;    ///< likewise
};

/// A recurrent cell over windows (kernels/gru.h), with PyTorch's names: `weight_ih` [3 width, in], `weight_hh` [3
/// width, width], `bias_ih`, `bias_hh`, each with the suffix; the gates in the order r, z, n.
class Gru : public Module {
 public:
  Gru(Scope at, std::int64_t in, std::int64_t width, const GruOptions& options = {});

  /// The state after each entry of the windows over the rows of x [values, in]: [entries, width]. window_last, over
  /// windows.over_entries(), takes the last of each window.
  Variable operator()(const Variable& x, const Windows& windows) const;

  /// Its two halves, for windows that share rows, or that read them in another order. W_ih x: [rows, 3 width].
  Variable project(const Variable& x) const;
  /// `projected` by value; scores [entries] for the cells with attention.
  Variable states(const Variable& projected, const Windows& windows, const Variable& scores = Variable()) const;

  /// From now on the parameters don't change, and windows come one at a time, too.
  void freeze_alone();
  std::int64_t width() const { return weight_hh_.shape()[1]; }
  /// project: x [rows, in], out [rows, 3 width].
  void project_alone(std::int64_t rows, const float* x, float* out) const { alone_ih_(rows, x, out); }
  /// One step of windows that all read one row of `projected`: h [windows, width] becomes the state after it. Of the
  /// cells with attention, scores [windows]; null for the others.
  void step_alone(std::int64_t windows, const float* projected, const float* scores, Arena& arena, float* h) const;
  /// The state after each row of `projected`, from none: out [rows, width].
  void states_alone(std::int64_t rows, const float* projected, Arena& arena, float* out) const;

 private:
  kernels::GruCell cell_;
  Variable weight_ih_, weight_hh_, bias_ih_, bias_hh_;
  kernels::alone::Linear alone_ih_, alone_hh_;  // once frozen
};

}  // namespace seqrec::nn
