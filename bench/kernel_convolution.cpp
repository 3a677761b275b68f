#include "bench/kernel_cases.h"
#include "kernels/convolution.h"

namespace seqrec::bench {
namespace {

// Caser's filters: 8 of each height up to `length`.
void add_convolution(Cases& cases, std::int64_t length) {
  using namespace kernels;
  constexpr std::int64_t kFilters = 8;
  const std::int64_t columns = length * kFilters, taps = columns * (length + 1) / 2;
  const Windows all = prefixes(kRows).keep_last(length);
  const PaddedWindows windows{all, ids(all.values(), kClasses), length, 0};
  const auto filters = [=] {
    std::vector<Tensor> of;
    for (std::int64_t height = 1; height <= length; ++height) of.push_back(numbers({kFilters, height, kWidth}));
    return of;
  };
  const std::string shape = concat(kRows, " windows, heights 1 to ", length);
  const auto product = static_cast<double>(2 * kClasses * taps * kWidth);  // what each row gives to each tap

  cases.push_back({"window_convolution_max", shape, product, 0, [=] {
                     return [=, table = numbers({kClasses, kWidth}), of = filters(), out = empty({kRows, columns}),
                             argmax = empty({kRows, columns}, DType::I32)]() mutable {
                       window_convolution_max(table, of, windows, out, argmax);
                     };
                   }});
  cases.push_back({"window_convolution_max_backward", shape, 2 * product, 0, [=] {
                     Tensor table = numbers({kClasses, kWidth}), out = empty({kRows, columns}),
                            argmax = empty({kRows, columns}, DType::I32);
                     const std::vector<Tensor> of = filters();
                     window_convolution_max(table, of, windows, out, argmax);
                     return [=, grad = out, grad_table = table, grad_of = filters()]() mutable {
                       window_convolution_max_backward(grad, argmax, table, of, windows, grad_table, grad_of);
                     };
                   }});
}

}  // namespace

void add_convolution_cases(Cases& cases) {
  for (const std::int64_t length : {10, 50}) add_convolution(cases, length);
}

}  // namespace seqrec::bench
