#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>

#include "kernels/cpu/simd/gemm.h"
#include "kernels/cpu/workspace.h"
#include "kernels/precision.h"

/// What the kernels that stand on matrix products share: the precision of operands, parallel packing, one parallel
/// product.
namespace seqrec::kernels::cpu {

/// A matrix [rows, columns] as products see it: itself, or a copy rounded to product_precision().
template <class T>
class Factor {
 public:
  Factor(std::int64_t rows, std::int64_t columns, Strided<T> matrix) : matrix_(matrix) {
    if (std::is_same_v<T, float> && product_precision() != ProductPrecision::F32) round(rows, columns);
  }
  Strided<T> matrix() const { return matrix_; }

 private:
  void round(std::int64_t rows, std::int64_t columns);

  Strided<T> matrix_;
  std::optional<Workspace<T>> copy_;
};

// fill_panels, multiply_panels and multiply_rows of simd/gemm.h.
template <class T>
void pack_panels(std::int64_t k, std::int64_t begin, std::int64_t end, Strided<T> b, T* packed) {
  const Factor<T> columns(k, end - begin, {b.data + begin * b.columns, b.rows, b.columns});
  fill_panels<T>(k, 0, end - begin, columns.matrix(), packed + begin * k);
}
template <class T>
void gemm_packed(std::int64_t m, std::int64_t n, std::int64_t k, T alpha, Strided<T> a, const T* packed, bool add, T* c,
                 std::int64_t c_stride) {
  const Factor<T> left(m, k, a);
  multiply_panels<T>(m, n, k, alpha, left.matrix(), packed, add, c, c_stride);
}
template <class T>
void gemm_rows(std::int64_t m, std::int64_t n, std::int64_t k, T alpha, Strided<T> a, Strided<T> b, bool add, T* c,
               std::int64_t c_stride) {
  const Factor<T> left(m, k, a), right(k, n, b);
  multiply_rows<T>(m, n, k, alpha, left.matrix(), right.matrix(), add, c, c_stride);
}

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
