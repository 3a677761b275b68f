#include "kernels/cpu/simd/additive_scores.h"

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {

template <class T>
void additive_scores(std::int64_t n, const T* row, const std::int32_t* ids, const T* table, const T* vector,
                     std::int64_t width, T* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T* other = table + ids[i] * width;
    Vector<T> sum{};
    for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
      sum += load_some(vector + j, count) * sigmoid<T>(load_some(row + j, count) + load_some(other + j, count));
    });
    out[i] = lane_sum<T>(sum);
  }
}

template <class T>
void additive_scores_backward(std::int64_t n, const std::int32_t* places, const T* grads, const T* row,
                              const std::int32_t* ids, const T* table, const T* vector, std::int64_t width, T* grad_row,
                              T* grad_vector) {
  for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    const Vector<T> own = load_some(row + j, count);
    Vector<T> slopes{}, values{};
    for (std::int64_t i = 0; i < n; ++i) {
      const std::int64_t p = places ? places[i] : i;
      const Vector<T> s = sigmoid<T>(own + load_some(table + ids[p] * width + j, count));
      const Vector<T> value = grads[p] * s;
      values += value;
      slopes += value * (T(1) - s);
    }
    store_some(grad_row + j, load_some(vector + j, count) * slopes, count);
    if (grad_vector) store_some(grad_vector + j, values, count);
  });
}

SEQREC_SIMD_INSTANTIATE(additive_scores)
SEQREC_SIMD_INSTANTIATE(additive_scores_backward)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
