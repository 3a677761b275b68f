#pragma once

// CUDA's device language for a C++ compiler: what nvcc knows of itself. The types and the host's functions come from
// the real headers (compile with -D__DEVICE_LAUNCH_PARAMETERS_H__: its threadIdx and the like are not ours).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

#include <cuda_runtime.h>

#include "tests/cuda_sim/runtime.h"
#include "tests/cuda_sim/scheduler.h"

#undef __launch_bounds__
#define __launch_bounds__(...)

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
inline constexpr int warpSize = 32;

namespace cuda_sim {

template <class T>
void check_argument(const LaunchShape& shape, const T& argument) {
  if constexpr (std::is_pointer_v<T>) {
    check_kernel_pointer(shape, reinterpret_cast<const void*>(argument));
  } else if constexpr (requires { argument.for_each_pointer([](const void*) {}); }) {
    argument.for_each_pointer([&](const void* pointer) { check_kernel_pointer(shape, pointer); });
  }
}

/// Puts a kernel in the stream's queue; returns what the launch itself gets wrong, as CUDA would.
template <class... Parameters, class... Arguments>
cudaError_t launch(const LaunchShape& shape, void (*kernel)(Parameters...), Arguments&&... arguments) {
  using Call = std::pair<void (*)(Parameters...), std::tuple<Parameters...>>;
  if (const cudaError_t code = check_launch(shape, reinterpret_cast<const void*>(kernel))) return code;
  const Call call{kernel, {std::forward<Arguments>(arguments)...}};
  std::apply([&](const auto&... argument) { (check_argument(shape, argument), ...); }, call.second);
  enqueue(shape.stream, [shape, call] {
    run_grid(
        shape,
        [](const void* one) {
          std::apply(static_cast<const Call*>(one)->first, static_cast<const Call*>(one)->second);
        },
        &call);
  });
  return cudaSuccess;
}

template <class T, class Site>
T& shared(Site) {
  static const char site = 0;
  return *static_cast<T*>(static_shared(&site, sizeof(T), alignof(T)));
}

template <class T>
std::uint64_t to_word(T value) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
  std::uint64_t word = 0;
  std::memcpy(&word, &value, sizeof(T));
  return word;
}
template <class T>
T from_word(std::uint64_t word) {
  T value;
  std::memcpy(&value, &word, sizeof(T));
  return value;
}

template <class T>
T shuffle(const char* operation, unsigned mask, T value, int source) {
  WarpExchange request{operation, mask, to_word(value), source};
  exchange(request);
  return from_word<T>(request.taken);
}

/// The first lane of this lane's group of `width`.
inline int group_of(int width) { return lane() & ~(width - 1); }

/// *address = f(*address), atomically (for TSan too, which sees a compare-and-swap); returns the old value.
template <class T, class F>
T modify(T* address, F f) {
  using Word = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  static_assert(sizeof(T) == sizeof(Word));
  Word* const word = reinterpret_cast<Word*>(address);
  Word old = __atomic_load_n(word, __ATOMIC_RELAXED), changed;
  do {
    changed = static_cast<Word>(to_word<T>(f(from_word<T>(old))));
  } while (!__atomic_compare_exchange_n(word, &old, changed, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
  return from_word<T>(old);
}

}  // namespace cuda_sim

#define CUDA_SIM_HERE const char *file = __builtin_FILE(), int line = __builtin_LINE()
inline void __syncthreads(CUDA_SIM_HERE) { cuda_sim::block_barrier({file, line}, 0); }
inline int __syncthreads_count(int predicate, CUDA_SIM_HERE) {
  return cuda_sim::block_barrier({file, line}, predicate).in_favour;
}
inline int __syncthreads_and(int predicate, CUDA_SIM_HERE) {
  const cuda_sim::Votes votes = cuda_sim::block_barrier({file, line}, predicate);
  return votes.in_favour == votes.threads;
}
inline int __syncthreads_or(int predicate, CUDA_SIM_HERE) {
  return cuda_sim::block_barrier({file, line}, predicate).in_favour > 0;
}

inline void __syncwarp(unsigned mask = 0xFFFFFFFFu) {
  cuda_sim::WarpExchange request{"__syncwarp", mask};
  request.orders_memory = true;
  cuda_sim::exchange(request);
}
inline unsigned __ballot_sync(unsigned mask, int predicate) {
  cuda_sim::WarpExchange request{"__ballot_sync", mask};
  request.predicate = predicate;
  cuda_sim::exchange(request);
  return request.ballot;
}
inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, !predicate) == 0; }
inline unsigned __activemask() { return cuda_sim::live_lanes(); }

template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize) {
  return cuda_sim::shuffle("__shfl_sync", mask, value, cuda_sim::group_of(width) | (source & (width - 1)));
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int width = warpSize) {
  const int source = cuda_sim::lane() ^ bits;
  return cuda_sim::shuffle("__shfl_xor_sync", mask, value,
                           source < cuda_sim::group_of(width) + width ? source : cuda_sim::lane());
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize) {
  const int source = cuda_sim::lane() + static_cast<int>(delta);
  return cuda_sim::shuffle("__shfl_down_sync", mask, value,
                           source < cuda_sim::group_of(width) + width ? source : cuda_sim::lane());
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize) {
  const int source = cuda_sim::lane() - static_cast<int>(delta);
  return cuda_sim::shuffle("__shfl_up_sync", mask, value,
                           source >= cuda_sim::group_of(width) ? source : cuda_sim::lane());
}

template <class T>
T atomicAdd(T* address, std::type_identity_t<T> value) {
  return cuda_sim::modify(address, [=](T old) -> T { return old + value; });
}
template <class T>
T atomicSub(T* address, std::type_identity_t<T> value) {
  return cuda_sim::modify(address, [=](T old) -> T { return old - value; });
}
template <class T>
T atomicMax(T* address, std::type_identity_t<T> value) {
  return cuda_sim::modify(address, [=](T old) -> T { return old < value ? value : old; });
}
template <class T>
T atomicMin(T* address, std::type_identity_t<T> value) {
  return cuda_sim::modify(address, [=](T old) -> T { return value < old ? value : old; });
}
template <class T>
T atomicOr(T* address, std::type_identity_t<T> value) {
  return cuda_sim::modify(address, [=](T old) -> T { return old | value; });
}
template <class T>
T atomicAnd(T* address, std::type_identity_t<T> value) {
  return cuda_sim::modify(address, [=](T old) -> T { return old & value; });
}
template <class T>
T atomicExch(T* address, std::type_identity_t<T> value) {
  return cuda_sim::modify(address, [=](T) -> T { return value; });
}
template <class T>
T atomicCAS(T* address, std::type_identity_t<T> expected, std::type_identity_t<T> value) {
  return cuda_sim::modify(address, [=](T old) -> T { return old == expected ? value : old; });
}

inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void __threadfence_block() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

inline int __popc(unsigned bits) { return __builtin_popcount(bits); }
inline int __clz(int bits) { return bits != 0 ? __builtin_clz(static_cast<unsigned>(bits)) : 32; }
inline int __ffs(int bits) { return __builtin_ffs(bits); }
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>(std::uint64_t{a} * b >> 32); }
inline int __float_as_int(float value) { return cuda_sim::from_word<int>(cuda_sim::to_word(value)); }
inline float __int_as_float(int bits) { return cuda_sim::from_word<float>(cuda_sim::to_word(bits)); }
inline unsigned __float_as_uint(float value) { return cuda_sim::from_word<unsigned>(cuda_sim::to_word(value)); }
inline float __uint_as_float(unsigned bits) { return cuda_sim::from_word<float>(cuda_sim::to_word(bits)); }
inline float __expf(float x) { return std::exp(x); }
inline float __logf(float x) { return std::log(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float rsqrt(float x) { return 1 / std::sqrt(x); }
inline double rsqrt(double x) { return 1 / std::sqrt(x); }
template <class T>
T __ldg(const T* address) {
  return *address;
}

using std::max;
using std::min;
