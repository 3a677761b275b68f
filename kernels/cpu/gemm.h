#pragma once

#include <cstdint>
#include <functional>

#include "kernels/cpu/simd/gemm.h"
#include "kernels/cpu/workspace.h"

/// What the kernels that stand on matrix products share: parallel packing, one parallel product.
namespace seqrec::kernels::cpu {

/// b [k, n] in panels.
template <class T>
class Packed {
 public:
  Packed(std::int64_t k, std::int64_t n, Strided<T> b);
  const T* data() const { return panels_.data(); }
  /// The panels from column `begin` on, a multiple of the panel width.
  const T* from(std::int64_t begin) const { return data() + begin * k_; }

 private:
  std::int64_t k_;
  Workspace<T> panels_;
};

/// A matrix given by a tensor's last two dimensions.
template <class T>
Strided<T> strided(const Tensor& matrix) {
  return {matrix.data<T>(), matrix.strides()[-2], matrix.strides()[-1]};
}

/// c [m, n] = or += alpha a b.
template <class T>
struct Product {
  std::int64_t m, n, k;
  T alpha;
  Strided<T> a, b;
  bool add;
  T* c;
  std::int64_t c_stride;
};

/// In the calling thread.
template <class T>
void multiply(const Product<T>& product);

/// What follows on rows [begin, end) of c once they are whole.
using Epilogue = std::function<void(std::int64_t begin, std::int64_t end)>;

/// On all threads.
template <class T>
void multiply_parallel(const Product<T>& product, const Epilogue& epilogue = {});

}  // namespace seqrec::kernels::cpu
