#pragma once

#include <utility>

#include "core/error.h"
#include "infer/seqrec.h"

namespace seqrec::c {

/// What a kind of model hasn't got.
struct UnsupportedError : UsageError {
  using UsageError::UsageError;
};

/// The status of the exception that is being handled; keeps its text for seqrec_last_error.
seqrec_status keep_error() noexcept;

/// Runs `f` at the border to C: an exception becomes a status and a text.
template <class F>
seqrec_status guard(F&& f) noexcept {
  try {
    std::forward<F>(f)();
    return SEQREC_OK;
  } catch (...) {
    return keep_error();
  }
}

}  // namespace seqrec::c
