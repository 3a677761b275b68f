#pragma once

#include "kernels/cuda/window_sums.h"

namespace seqrec::kernels::cuda {

/// The windows that aren't empty, by falling length, as a kernel's argument.
struct WindowsByLength {
  const std::int32_t* order;
  WindowEntries entries;
  std::int64_t size;

  WindowsByLength(const Windows& windows, Device device)
      : order(windows.by_length().on(device).data<std::int32_t>()),
        entries(windows, device),
        size(windows.longer_than(0)) {}

  /// A window's first entry and value. Beyond the last there are empty windows.
  struct Window {
    std::int32_t entry = 0, value = 0, length = 0;
  };
  __device__ __forceinline__ Window operator[](std::int64_t place) const {
    Window window;
    if (place < size) {
      const std::int32_t w = order[place];
      window.entry = entries.offsets[w];
      window.value = entries.begin[w];
      window.length = entries.offsets[w + 1] - window.entry;
    }
    return window;
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(order);
    entries.for_each_pointer(f);
  }
};

}  // namespace seqrec::kernels::cuda
