#pragma once

#include <cstddef>

/// The sanitizers' annotations, as weak symbols: null in a build without that sanitizer. The simulator's own files are
/// compiled uninstrumented; what they do is told to the sanitizers through these.
extern "C" {
__attribute__((weak)) void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, std::size_t size);
__attribute__((weak)) void __sanitizer_finish_switch_fiber(void* fake_stack, const void** old_bottom,
                                                           std::size_t* old_size);
__attribute__((weak)) void __asan_poison_memory_region(const volatile void* data, std::size_t size);
__attribute__((weak)) void __asan_unpoison_memory_region(const volatile void* data, std::size_t size);
__attribute__((weak)) void* __tsan_get_current_fiber();
__attribute__((weak)) void* __tsan_create_fiber(unsigned flags);
__attribute__((weak)) void __tsan_destroy_fiber(void* fiber);
__attribute__((weak)) void __tsan_switch_to_fiber(void* fiber, unsigned flags);
__attribute__((weak)) void __tsan_acquire(void* address);
__attribute__((weak)) void __tsan_release(void* address);
}

namespace cuda_sim {

inline bool has_tsan() { return __tsan_create_fiber != nullptr; }
inline bool has_asan() { return __asan_poison_memory_region != nullptr; }

/// What the caller did happens before what those do who acquire afterwards (TSan).
inline void release(void* address) {
  if (__tsan_release) __tsan_release(address);
}
inline void acquire(void* address) {
  if (__tsan_acquire) __tsan_acquire(address);
}

/// Forbids and allows access (ASan).
inline void poison(const void* data, std::size_t bytes) {
  if (__asan_poison_memory_region) __asan_poison_memory_region(data, bytes);
}
inline void unpoison(const void* data, std::size_t bytes) {
  if (__asan_unpoison_memory_region) __asan_unpoison_memory_region(data, bytes);
}

}  // namespace cuda_sim
