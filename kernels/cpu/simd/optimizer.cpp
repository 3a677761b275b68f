#include "kernels/cpu/simd/optimizer.h"

#include <cstddef>

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

// One step of each rule on a vector: its gradient, its parameters, what is kept for them.

template <class T>
SEQREC_INLINE void move(const SgdFactors<T>& f, Vector<T> g, Vector<T>& p, Vector<T>& m, Vector<T>&) {
  g += f.weight_decay * p;
  if (!f.first) g += f.momentum * m;
  m = g;
  p = p - f.learning_rate * g;
}
template <class T>
SEQREC_INLINE void move(const AdamFactors<T>& f, Vector<T> g, Vector<T>& p, Vector<T>& m, Vector<T>& v) {
  g += f.weight_decay * p;
  m = f.beta1 * m + f.rest1 * g;
  v = f.beta2 * v + f.rest2 * (g * g);
  p = f.shrink * p - f.step_size * m / (square_root<T>(v) * f.inverse_root + f.eps);
}
template <class T>
SEQREC_INLINE void move(const AdagradFactors<T>& f, Vector<T> g, Vector<T>& p, Vector<T>& s, Vector<T>&) {
  g += f.weight_decay * p;
  s = s + g * g;
  p = p - f.learning_rate * g / (square_root<T>(s) + f.eps);
}
template <class T>
SEQREC_INLINE void move(const RmspropFactors<T>& f, Vector<T> g, Vector<T>& p, Vector<T>& s, Vector<T>&) {
  g += f.weight_decay * p;
  s = f.alpha * s + f.rest * (g * g);
  p = p - f.learning_rate * g / (square_root<T>(s) + f.eps);
}

// What a rule keeps, or nothing.
template <class T>
SEQREC_INLINE Vector<T> load_kept(const T* x, std::int64_t i, std::int64_t count) {
  return load_some(x + i, count);
}
template <class T>
SEQREC_INLINE Vector<T> load_kept(std::nullptr_t, std::int64_t, std::int64_t) {
  return Vector<T>{};
}
template <class T>
SEQREC_INLINE void store_kept(T* x, std::int64_t i, Vector<T> v, std::int64_t count) {
  store_some(x + i, v, count);
}
template <class T>
SEQREC_INLINE void store_kept(std::nullptr_t, std::int64_t, Vector<T>, std::int64_t) {}

template <class T, class Factors, class A, class B>
SEQREC_INLINE void one_step(const Factors& f, std::int64_t n, const T* grad, T* p, A a, B b) {
  for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
    const Vector<T> g = grad ? load_some(grad + i, count) : Vector<T>{};
    Vector<T> x = load_some(p + i, count), kept_a = load_kept<T>(a, i, count), kept_b = load_kept<T>(b, i, count);
    move<T>(f, g, x, kept_a, kept_b);
    store_kept<T>(a, i, kept_a, count);
    store_kept<T>(b, i, kept_b, count);
    store_some(p + i, x, count);
  });
}

// What follows is of steps without a gradient. Parameters stay where they are once they move by less than half of a
// unit in their last place; what is kept for them still decays, which costs a multiplication and no root or quotient.

template <class T>
SEQREC_INLINE bool all_of(Bits<T> lanes) {
  return fold_lanes<T>(lanes, [](auto a, auto b) { return a & b; }) != 0;
}
template <class T>
SEQREC_INLINE Bits<T> is_finite(Vector<T> x) {
  return x - x == Vector<T>{};
}

/// Whether no parameter moves in any of these steps, and what is kept after them if so; `rests`: nor in any later one,
/// and what is kept doesn't change either.
template <class T>
SEQREC_INLINE bool stays(const SgdFactors<T>* f, std::int64_t, Vector<T> p, Vector<T>& m, Vector<T>&, bool& rests) {
  if (f->weight_decay != 0 || !all_of<T>((m == Vector<T>{}) & is_finite<T>(p))) return false;
  m = Vector<T>{};  // -0 becomes 0
  rests = true;
  return true;
}
// |m| only falls, so no step's quotient is above the largest step size times |m| over eps. That is less than half a
// unit of p, even where p is a power of 2, if it is below |p| / 2^(digits + 1), of which kShare is a quarter.
template <class T>
SEQREC_INLINE bool stays(const AdamFactors<T>* f, std::int64_t steps, Vector<T> p, Vector<T>& m, Vector<T>& v,
                         bool& rests) {
  if (f->weight_decay != 0 || f->shrinks || !(f->eps > 0)) return false;
  constexpr T kShare = T(1) / static_cast<T>(std::int64_t{1} << (Float<T>::kMantissa + 4));
  T largest = 0;
  for (std::int64_t k = 0; k < steps; ++k) largest = f[k].step_size > largest ? f[k].step_size : largest;
  const Bits<T> small = largest * absolute<T>(m) <= (f->eps * kShare) * absolute<T>(p);
  const Bits<T> signed_zero = (p == Vector<T>{}) & (m != Vector<T>{});  // -0 - -0 is 0
  if (!all_of<T>(small & ~signed_zero & is_finite<T>(p))) return false;
  const Vector<T> before = v;
  for (std::int64_t k = 0; k < steps; ++k) {
    m = f->beta1 * m + Vector<T>{};  // -0 becomes 0
    v = f->beta2 * v;
  }
  rests = all_of<T>((m == Vector<T>{}) & (v == before));
  return true;
}
template <class T>
SEQREC_INLINE bool stays(const AdagradFactors<T>*, std::int64_t, Vector<T>, Vector<T>&, Vector<T>&, bool&) {
  return false;  // without decay of weights it has no steps to make up
}
template <class T>
SEQREC_INLINE bool stays(const RmspropFactors<T>* f, std::int64_t steps, Vector<T> p, Vector<T>& s, Vector<T>&,
                         bool& rests) {
  if (f->weight_decay != 0 || !(f->eps > 0) || !all_of<T>(is_finite<T>(p))) return false;
  const Vector<T> before = s;
  for (std::int64_t k = 0; k < steps; ++k) s = f->alpha * s;
  rests = all_of<T>(s == before);
  return true;
}

/// Some steps at a time, vector by vector: their chains of operations overlap.
template <class T, class Factors, class A, class B>
SEQREC_INLINE bool make_up(const Factors* f, std::int64_t steps, std::int64_t n, T* p, A a, B b) {
  constexpr std::int64_t kTogether = 16;
  bool all_rest = false;
  for (; steps > 0 && !all_rest; f += kTogether, steps -= kTogether) {
    const std::int64_t some = steps < kTogether ? steps : kTogether;
    all_rest = true;
    for_vectors<T>(n, [&](std::int64_t i, std::int64_t count) SEQREC_INLINED {
      Vector<T> x = load_some(p + i, count), kept_a = load_kept<T>(a, i, count), kept_b = load_kept<T>(b, i, count);
      bool rests = false;
      if (!stays<T>(f, some, x, kept_a, kept_b, rests)) {
        for (std::int64_t k = 0; k < some; ++k) move<T>(f[k], Vector<T>{}, x, kept_a, kept_b);
        store_some(p + i, x, count);
      }
      store_kept<T>(a, i, kept_a, count);
      store_kept<T>(b, i, kept_b, count);
      all_rest &= rests;
    });
  }
  return all_rest;
}

}  // namespace

template <class T>
void sgd_loop(SgdFactors<T> f, std::int64_t n, const T* grad, T* p, T* m) {
  if (m) return one_step<T>(f, n, grad, p, m, nullptr);
  one_step<T>(f, n, grad, p, nullptr, nullptr);
}
template <class T>
void adam_loop(AdamFactors<T> f, std::int64_t n, const T* grad, T* p, T* m, T* v) {
  one_step<T>(f, n, grad, p, m, v);
}
template <class T>
void adagrad_loop(AdagradFactors<T> f, std::int64_t n, const T* grad, T* p, T* s) {
  one_step<T>(f, n, grad, p, s, nullptr);
}
template <class T>
void rmsprop_loop(RmspropFactors<T> f, std::int64_t n, const T* grad, T* p, T* s) {
  one_step<T>(f, n, grad, p, s, nullptr);
}

template <class T>
bool sgd_make_up(const SgdFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* m) {
  if (m) return make_up<T>(f, steps, n, p, m, nullptr);
  return make_up<T>(f, steps, n, p, nullptr, nullptr);
}
template <class T>
bool adam_make_up(const AdamFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* m, T* v) {
  return make_up<T>(f, steps, n, p, m, v);
}
template <class T>
bool adagrad_make_up(const AdagradFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* s) {
  return make_up<T>(f, steps, n, p, s, nullptr);
}
template <class T>
bool rmsprop_make_up(const RmspropFactors<T>* f, std::int64_t steps, std::int64_t n, T* p, T* s) {
  return make_up<T>(f, steps, n, p, s, nullptr);
}

SEQREC_SIMD_INSTANTIATE(sgd_loop)
SEQREC_SIMD_INSTANTIATE(adam_loop)
SEQREC_SIMD_INSTANTIATE(adagrad_loop)
SEQREC_SIMD_INSTANTIATE(rmsprop_loop)
SEQREC_SIMD_INSTANTIATE(sgd_make_up)
SEQREC_SIMD_INSTANTIATE(adam_make_up)
SEQREC_SIMD_INSTANTIATE(adagrad_make_up)
SEQREC_SIMD_INSTANTIATE(rmsprop_make_up)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
