#pragma once

#include <utility>

#include "core/dtype.h"
#include "kernels/build.h"

namespace seqrec::kernels {
namespace detail {
[[noreturn]] void refuse_dtype(const char* op, DType dtype);  // kernel.cpp
}

/// visit_float, but libseqrec computes in f32 alone: there f64 is a ShapeError, too, and no code for it is compiled.
template <class F>
decltype(auto) visit_real(DType dtype, const char* op, F&& f) {
  if constexpr (kTraining) {
    return visit_float(dtype, op, std::forward<F>(f));
  } else {
    if (dtype != DType::F32) detail::refuse_dtype(op, dtype);
    return f(float{});
  }
}

}  // namespace seqrec::kernels
