#include "kernels/cpu/simd/optimizer.h"

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

/// Calls each(i, count, gradient vector + weight_decay p).
template <class T, class F>
SEQREC_INLINE void for_gradients(std::int64_t n, const T* grad, const T* p, T weight_decay, F each) {
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
    const Vector<T> g = grad ? load_some(grad + i, count) : Vector<T>{};
    each(i, count, g + weight_decay * load_some(p + i, count));
  });
}

}  // namespace

template <class T>
void sgd_loop(SgdFactors<T> f, std::int64_t n, const T* grad, T* p, T* m) {
  for_gradients(n, grad, p, f.weight_decay, [&](std::int64_t i, std::int64_t count, Vector<T> g) SEQREC_INLINED {
    if (m) {
      if (!f.first) g += f.momentum * load_some(m + i, count);
      store_some(m + i, g, count);
    }
    store_some(p + i, load_some(p + i, count) - f.learning_rate * g, count);
  });
}

template <class T>
void adam_loop(AdamFactors<T> f, std::int64_t n, const T* grad, T* p, T* m, T* v) {
  for_gradients(n, grad, p, f.weight_decay, [&](std::int64_t i, std::int64_t count, Vector<T> g) SEQREC_INLINED {
    const Vector<T> m1 = f.beta1 * load_some(m + i, count) + f.rest1 * g;
    const Vector<T> v1 = f.beta2 * load_some(v + i, count) + f.rest2 * (g * g);
    store_some(m + i, m1, count);
    store_some(v + i, v1, count);
    const Vector<T> move = f.step_size * m1 / (square_root<T>(v1) * f.inverse_root + f.eps);
    store_some(p + i, f.shrink * load_some(p + i, count) - move, count);
  });
}

template <class T>
void adagrad_loop(AdagradFactors<T> f, std::int64_t n, const T* grad, T* p, T* s) {
  for_gradients(n, grad, p, f.weight_decay, [&](std::int64_t i, std::int64_t count, Vector<T> g) SEQREC_INLINED {
    const Vector<T> s1 = load_some(s + i, count) + g * g;
    store_some(s + i, s1, count);
    store_some(p + i, load_some(p + i, count) - f.learning_rate * g / (square_root<T>(s1) + f.eps), count);
  });
}

template <class T>
void rmsprop_loop(RmspropFactors<T> f, std::int64_t n, const T* grad, T* p, T* s) {
  for_gradients(n, grad, p, f.weight_decay, [&](std::int64_t i, std::int64_t count, Vector<T> g) SEQREC_INLINED {
    const Vector<T> s1 = f.alpha * load_some(s + i, count) + f.rest * (g * g);
    store_some(s + i, s1, count);
    store_some(p + i, load_some(p + i, count) - f.learning_rate * g / (square_root<T>(s1) + f.eps), count);
  });
}

SEQREC_SIMD_INSTANTIATE(sgd_loop)
SEQREC_SIMD_INSTANTIATE(adam_loop)
SEQREC_SIMD_INSTANTIATE(adagrad_loop)
SEQREC_SIMD_INSTANTIATE(rmsprop_loop)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
