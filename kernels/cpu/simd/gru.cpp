#include "kernels/cpu/simd/gru.h"

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

/// c, the share of the new state.
template <class T>
SEQREC_INLINE Vector<T> share_of(GruCell cell, T a, Vector<T> z) {
  switch (cell) {
    case GruCell::AGru: return spread<T>(a);
    case GruCell::AuGru: return a * z;
    case GruCell::AuGruAuthor: return T(1) - (T(1) - a) * z;
    case GruCell::Gru:
    case GruCell::AiGru: break;
  }
  return T(1) - z;
}

/// dc / dz and dc / da.
template <class T>
SEQREC_INLINE T share_by_gate(GruCell cell, T a) {
  switch (cell) {
    case GruCell::AGru: return 0;
    case GruCell::AuGru: return a;
    case GruCell::AuGruAuthor: return a - 1;
    case GruCell::Gru:
    case GruCell::AiGru: break;
  }
  return -1;
}
template <class T>
SEQREC_INLINE Vector<T> share_by_score(GruCell cell, Vector<T> z) {
  switch (cell) {
    case GruCell::AGru: return spread<T>(T(1));
    case GruCell::AuGru:
    case GruCell::AuGruAuthor: return z;
    case GruCell::Gru:
    case GruCell::AiGru: break;
  }
  return Vector<T>{};
}

}  // namespace

template <class T>
void gru_step(GruCell cell, std::int64_t width, T score, const T* input, const T* b_ih, const T* hidden, const T* b_hh,
              T* h, T* gates) {
  const T scale = cell == GruCell::AiGru ? score : T(1);
  for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    const auto of_input = [&](std::int64_t i) SEQREC_INLINED {
      return scale * load_some(input + i, count) + load_some(b_ih + i, count);
    };
    const auto of_state = [&](std::int64_t i)
                              SEQREC_INLINED { return load_some(hidden + i, count) + load_some(b_hh + i, count); };
    const Vector<T> r = sigmoid<T>(of_input(j) + of_state(j));
    const Vector<T> z = sigmoid<T>(of_input(width + j) + of_state(width + j));
    const Vector<T> hn = of_state(2 * width + j), n = tanh<T>(of_input(2 * width + j) + r * hn);
    const Vector<T> c = share_of<T>(cell, score, z);
    store_some(h + j, (T(1) - c) * load_some(h + j, count) + c * n, count);
    if (!gates) return;
    store_some(gates + j, r, count);
    store_some(gates + width + j, z, count);
    store_some(gates + 2 * width + j, n, count);
    store_some(gates + 3 * width + j, hn, count);
  });
}

template <class T>
T gru_step_backward(GruCell cell, std::int64_t width, T score, const T* input, const T* gates, const T* before,
                    T* grad_h, T* grad_input, T* grad_hidden) {
  const T by_gate = share_by_gate<T>(cell, score);
  Vector<T> grad_score{};
  for_vectors<T>(width, [&](std::int64_t j, std::int64_t count) SEQREC_INLINED {
    const Vector<T> r = load_some(gates + j, count), z = load_some(gates + width + j, count),
                    n = load_some(gates + 2 * width + j, count), hn = load_some(gates + 3 * width + j, count);
    const Vector<T> grad = load_some(grad_h + j, count);
    const Vector<T> c = share_of<T>(cell, score, z), dc = grad * (n - load_some(before + j, count));
    const Vector<T> dn = grad * c * (T(1) - n * n), dr = dn * hn * r * (T(1) - r), dz = by_gate * dc * z * (T(1) - z);
    store_some(grad_h + j, grad * (T(1) - c), count);
    store_some(grad_input + j, dr, count);
    store_some(grad_input + width + j, dz, count);
    store_some(grad_input + 2 * width + j, dn, count);
    store_some(grad_hidden + j, dr, count);
    store_some(grad_hidden + width + j, dz, count);
    store_some(grad_hidden + 2 * width + j, dn * r, count);
    Vector<T> terms = dc * share_by_score<T>(cell, z);
    if (cell == GruCell::AiGru)
      terms = dr * load_some(input + j, count) + dz * load_some(input + width + j, count) +
              dn * load_some(input + 2 * width + j, count);
    grad_score += first_lanes<T>(terms, count, T(0));
  });
  return lane_sum<T>(grad_score);
}

SEQREC_SIMD_INSTANTIATE(gru_step)
SEQREC_SIMD_INSTANTIATE(gru_step_backward)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
