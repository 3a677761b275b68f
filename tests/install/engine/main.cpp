// The engine alone, from an installed copy: an operation of one's own, its gradcheck, a product in SIMD, every kernel.
#include <cmath>
#include <iostream>
#include <vector>

#include <seqrec/engine.h>
#include <seqrec/kernels/copy.h>

using namespace seqrec;
using namespace seqrec::autograd;

// y = x^3: dx = 3 x^2 dy
static Variable cube(const Variable& x) {
  const Tensor values = kernels::contiguous(x.value());
  Tensor y(values.shape(), DType::F64);
  for (std::int64_t i = 0; i < y.numel(); ++i) y.span<double>()[i] = std::pow(values.span<double>()[i], 3);
  return record("cube", {x}, y, [values](Backward& b) {
    const Tensor dy = kernels::contiguous(b.grad());
    Tensor dx(values.shape(), DType::F64);
    for (std::int64_t i = 0; i < dx.numel(); ++i) {
      dx.span<double>()[i] = 3 * std::pow(values.span<double>()[i], 2) * dy.span<double>()[i];
    }
    b.give(0, dx);
  });
}

int main() {
  const Tensor x = Tensor::from<double>({-1.5, 0.25, 2}, {3});
  const GradcheckResult checked = gradcheck([](auto in) { return cube(in[0]); }, {x});
  if (!checked.passed) {
    std::cerr << "gradcheck: " << checked.where << '\n';
    return 1;
  }
  const Variable a(Tensor::from(std::vector<float>(64 * 64, 0.5F), {64, 64}), true);
  backward(sum(matmul(a, a)));
  std::cout << "a gradient of " << a.grad().dense().to_vector<float>()[0] << ", " << kernels::kernel_names().size()
            << " kernels\n";
}
