#include "kernels/cpu/simd/graph.h"

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

/// sums += the mean of columns [j, j + count) of the three gates.
template <class T>
SEQREC_INLINE void add_mean(MeanOf<T> mean, std::int64_t width, std::int64_t j, std::int64_t count,
                            Vector<T> (&sums)[3]) {
  if (mean.n == 0) return;
  Vector<T> parts[3] = {};
  for (std::int64_t i = 0; i < mean.n; ++i) {
    const T* row = mean.table + mean.rows[i] * (3 * width) + j;
    for (int g = 0; g < 3; ++g) parts[g] += load_some(row + g * width, count);
  }
  const T scale = T(1) / T(mean.n);
  for (int g = 0; g < 3; ++g) sums[g] += scale * parts[g];
}

}  // namespace

template <class T>
void graph_cell_node(std::int64_t width, MeanOf<T> incoming, MeanOf<T> outgoing, const T* bias, const T* recurrent,
                     const T* hidden, T* gates, T* out) {
  for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    const auto part = [&](const T* row, int gate) SEQREC_INLINED { return load_some(row + gate * width + j, count); };
    Vector<T> a[3] = {part(bias, 0), part(bias, 1), part(bias, 2)};
    add_mean<T>(incoming, width, j, count, a);
    add_mean<T>(outgoing, width, j, count, a);
    const Vector<T> r = sigmoid<T>(a[0] + part(recurrent, 0));
    const Vector<T> z = sigmoid<T>(a[1] + part(recurrent, 1));
    const Vector<T> n = tanh<T>(a[2] + r * part(recurrent, 2));
    const Vector<T> h = load_some(hidden + j, count);
    store_some(gates + j, r, count);
    store_some(gates + width + j, z, count);
    store_some(gates + 2 * width + j, n, count);
    store_some(out + j, h + z * (n - h), count);
  });
}

template <class T>
void graph_cell_row_backward(std::int64_t width, std::int64_t n, const std::int32_t* nodes, const T* grad_out,
                             const T* recurrent, const T* hidden, const T* gates, T* d, T* grad_recurrent,
                             T* grad_hidden) {
  for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    const Vector<T> kept = load_some(recurrent + 2 * width + j, count), h = load_some(hidden + j, count);
    Vector<T> sums[4] = {};
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t row = nodes[i] * (3 * width) + j;
      const Vector<T> grad = load_some(grad_out + nodes[i] * width + j, count);
      const Vector<T> r = load_some(gates + row, count), z = load_some(gates + row + width, count),
                      gate = load_some(gates + row + 2 * width, count);
      const Vector<T> d_n = grad * z * (T(1) - gate * gate);
      const Vector<T> d_z = grad * (gate - h) * z * (T(1) - z);
      const Vector<T> d_r = d_n * kept * r * (T(1) - r);
      store_some(d + row, d_r, count);
      store_some(d + row + width, d_z, count);
      store_some(d + row + 2 * width, d_n, count);
      sums[0] += d_r;
      sums[1] += d_z;
      sums[2] += r * d_n;
      sums[3] += (T(1) - z) * grad;
    }
    for (int g = 0; g < 3; ++g) store_some(grad_recurrent + g * width + j, sums[g], count);
    store_some(grad_hidden + j, sums[3], count);
  });
}

SEQREC_SIMD_INSTANTIATE(graph_cell_node)
SEQREC_SIMD_INSTANTIATE(graph_cell_row_backward)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
