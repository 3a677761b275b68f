#include "bench/kernel_cases.h"
#include "kernels/convolution.h"

namespace seqrec::bench {

// Caser's filters: 8 of each height up to 50.
void add_convolution_cases(Cases& cases) {
  using namespace kernels;
  constexpr std::int64_t kLength = 50, kFilters = 8, kColumns = kLength * kFilters;
  constexpr std::int64_t kTaps = kColumns * (kLength + 1) / 2;
  static const PaddedWindows windows = [] {
    const Windows w = prefixes(kRows);
    return PaddedWindows{w, ids(w.values(), kClasses), kLength, 0};
  }();
  const auto filters = [] {
    std::vector<Tensor> all;
    for (std::int64_t height = 1; height <= kLength; ++height) all.push_back(numbers({kFilters, height, kWidth}));
    return all;
  };
  const std::string shape = concat(kRows, " windows, heights 1 to ", kLength);
  const double product = 2.0 * kClasses * kTaps * kWidth;  // what each row gives to each tap

  cases.push_back({"window_convolution_max", shape, product, 0, [=] {
                     return [=, table = numbers({kClasses, kWidth}), of = filters(), out = empty({kRows, kColumns}),
                             argmax = empty({kRows, kColumns}, DType::I32)]() mutable {
                       window_convolution_max(table, of, windows, out, argmax);
                     };
                   }});
  cases.push_back({"window_convolution_max_backward", shape, 2 * product, 0, [=] {
                     Tensor table = numbers({kClasses, kWidth}), out = empty({kRows, kColumns}),
                            argmax = empty({kRows, kColumns}, DType::I32);
                     const std::vector<Tensor> of = filters();
                     window_convolution_max(table, of, windows, out, argmax);
                     return [=, grad = out, grad_table = table, grad_of = filters()]() mutable {
                       window_convolution_max_backward(grad, argmax, table, of, windows, grad_table, grad_of);
                     };
                   }});
}

}  // namespace seqrec::bench
