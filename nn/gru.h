#pragma once

#include "core/windows.h"
#include "kernels/gru.h"
#include "nn/init.h"
#include "nn/module.h"

namespace seqrec::nn {

/// A recurrent cell over windows (kernels/gru.h), with PyTorch's names of a GRU of one layer (`suffix` "_l0") or of a
/// cell (""): `weight_ih` [3 width, in], `weight_hh` [3 width, width], `bias_ih`, `bias_hh`; the gates in the order r,
/// z, n. Fresh parameters are PyTorch's: U(+-1 / sqrt(width)).
class Gru : public Module {
 public:
  Gru(kernels::GruCell cell, std::int64_t in, std::int64_t width, Init& init, const std::string& suffix = "_l0");
  /// With parameters of the caller's own; without biases if those are undefined.
  Gru(kernels::GruCell cell, Tensor weight_ih, Tensor weight_hh, Tensor bias_ih, Tensor bias_hh,
      const std::string& suffix);

  /// W_ih x of rows that windows share: [rows, 3 width], once for all that reads them.
  Variable project(const Variable& x) const;
  /// The state after each entry, [entries, width]: `projected` by value; scores [entries] for the cells with attention.
  Variable forward(const Variable& projected, const Windows& windows, const Variable& scores = Variable()) const;

 private:
  kernels::GruCell cell_;
  Variable weight_ih_, weight_hh_, bias_ih_, bias_hh_;
};

}  // namespace seqrec::nn
