#pragma once

#include "autograd/variable.h"
#include "core/windows.h"
#include "kernels/gru.h"

namespace seqrec::autograd {

/// The states of a recurrent cell (kernels/gru.h) after each entry of each window, [entries, width]: input [values,
/// 3 width] is W_ih times what is read, scores [entries] the attention (undefined for GruCell::Gru).
Variable gru(kernels::GruCell cell, const Variable& input, const Variable& scores, const Windows& windows,
             const Variable& w_hh, const Variable& b_ih, const Variable& b_hh);

}  // namespace seqrec::autograd
