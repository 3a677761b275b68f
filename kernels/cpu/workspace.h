#pragma once

#include "core/tensor.h"

namespace seqrec::kernels::cpu {

/// Uninitialised memory for a kernel's own use, from the caching allocator.
template <class T>
class Workspace {
 public:
  explicit Workspace(std::int64_t elements) : tensor_({elements}, dtype_of<T>) {}
  T* data() const { return tensor_.data<T>(); }

 private:
  Tensor tensor_;
};

}  // namespace seqrec::kernels::cpu
