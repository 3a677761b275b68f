#include "bench/kernel_cases.h"
#include "kernels/convolution.h"

namespace seqrec::bench {

// Caser's filters of height 25, in the middle of its 50.
void add_convolution_cases(Cases& cases) {
  using namespace kernels;
  constexpr std::int64_t kLength = 50, kHeight = 25, kFilters = 8;
  static const PaddedWindows windows = [] {
    const Windows w = prefixes(kRows);
    return PaddedWindows{w, ids(w.values(), kClasses), kLength, 0};
  }();
  const std::string shape = concat(kRows, " windows of ", kLength, " places, height ", kHeight);
  // Each value's sum is made once, each window then looks at half of its values.
  const double values = floats(static_cast<double>(windows.windows.values()) * kHeight * kFilters),
               entries = floats(static_cast<double>(windows.windows.entries()) * kFilters / 2);

  cases.push_back({"window_tap_max", shape, 0, values + entries, [=] {
                     return [=, taps = numbers({kClasses, kHeight, kFilters}), out = empty({kRows, kFilters}),
                             argmax = empty({kRows, kFilters}, DType::I32)]() mutable {
                       window_tap_max(taps, windows, out, argmax);
                     };
                   }});
  cases.push_back({"window_tap_max_backward", shape, 0, floats(3.0 * kClasses * kHeight * kFilters), [=] {
                     Tensor taps = numbers({kClasses, kHeight, kFilters}), out = empty({kRows, kFilters}),
                            argmax = empty({kRows, kFilters}, DType::I32);
                     window_tap_max(taps, windows, out, argmax);
                     return [=, grad = out]() mutable { window_tap_max_backward(grad, argmax, windows, taps); };
                   }});
}

}  // namespace seqrec::bench
