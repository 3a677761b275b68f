#include "kernels/norm.h"

#include "kernels/cuda/limits.h"
#include "kernels/elementwise.h"
#include "tests/cuda/gpu.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

/// Calls f(x, gamma, beta, gradient, ulps) for both dtypes, for columns around 0 and far from it, where a variance in
/// one pass would lose its digits, with at least `least` rows and columns.
template <class F>
void for_each_sample(std::int64_t least, F f) {
  const auto sample = [&](std::int64_t rows, std::int64_t width) {
    if (std::min(rows, width) < least) return;
    INFO(rows, " rows of ", width);
    for (const DType dtype : kFloats)
      for (const double shift : {0., 100.}) {
        CAPTURE(shift);
        Tensor x = random_tensor({rows, width}, dtype, 1);
        affine(1, shift, x, x);
        f(x, random_tensor({width}, dtype, 3), random_tensor({width}, dtype, 4), random_tensor({rows, width}, dtype, 2),
          shift == 0 ? 64. : 4096.);
      }
  };
  sample(515, 2);   // two pieces of a column
  sample(70, 200);  // several rows a warp, several columns a lane
  sample(67, 256);
  sample(5, 300);  // beyond what a lane sums up on its way
  {
    const cuda::PieceLimitScope limit(16);
    sample(515, 2);  // pieces of pieces
    sample(35, 300);
  }
  for_each_size([&](std::int64_t size) {
    sample(3, size);
    if (size < 1000) sample(size, 5);
  });
}

}  // namespace

TEST_CASE("cuda: layer norm and its gradients equal the CPU's" * many_shapes()) {
  if (!has_gpu()) return;
  for_each_sample(0, [](const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor&, double ulps) {
    const Shape rows{x.size(0)};
    Tensor y = empty_like(x), mean(rows, x.dtype()), rstd(rows, x.dtype());
    layer_norm(x, gamma, beta, 1e-5, y, mean, rstd);
    Tensor got_y(x.shape(), x.dtype(), gpu()), got_mean(rows, x.dtype(), gpu()), got_rstd(rows, x.dtype(), gpu());
    for (const auto& on_gpu : {+[](const Tensor& t) { return to_device(t, gpu()); }, &strided_on_gpu}) {
      layer_norm(on_gpu(x), on_gpu(gamma), on_gpu(beta), 1e-5, got_y, got_mean, got_rstd);
      check_gpu(got_mean, mean, ulps);
      if (x.size(1) == 1) continue;  // the variance of one is what rounding left
      check_gpu(got_y, y, ulps);
      check_gpu(got_rstd, rstd, ulps);
    }
  });
  for_each_sample(2, [](const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& grad, double ulps) {
    Tensor y = empty_like(x), mean({x.size(0)}, x.dtype()), rstd = empty_like(mean);
    layer_norm(x, gamma, beta, 1e-5, y, mean, rstd);
    Tensor grad_x = empty_like(x), grad_gamma = empty_like(gamma), grad_beta = empty_like(beta);
    layer_norm_backward(x, gamma, mean, rstd, grad, grad_x, grad_gamma, grad_beta);
    Tensor got = to_device(grad_x, gpu()), got_gamma = to_device(gamma, gpu()), got_beta = to_device(beta, gpu());
    for (const auto& on_gpu : {+[](const Tensor& t) { return to_device(t, gpu()); }, &strided_on_gpu}) {
      layer_norm_backward(on_gpu(x), on_gpu(gamma), on_gpu(mean), on_gpu(rstd), on_gpu(grad), got, got_gamma, got_beta);
      check_gpu(got, grad_x, ulps);
      check_gpu(got_gamma, grad_gamma, ulps);
      check_gpu(got_beta, grad_beta, ulps);
    }
  });
}

TEST_CASE("cuda: layer norm's gradients of no rows are 0") {
  if (!has_gpu()) return;
  Tensor x({0, 3}, DType::F32, gpu()), gamma({3}, DType::F32, gpu()), mean({0}, DType::F32, gpu());
  Tensor grad_gamma = empty_like(gamma), grad_beta = empty_like(gamma);
  layer_norm_backward(x, gamma, mean, mean, x, x, grad_gamma, grad_beta);
  check_gpu(grad_gamma, Tensor::zeros({3}), 0);
  check_gpu(grad_beta, Tensor::zeros({3}), 0);
}

TEST_CASE("cuda: batch norm and its gradients equal the CPU's" * many_shapes()) {
  if (!has_gpu()) return;
  for_each_sample(2, [](const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& grad, double ulps) {
    Tensor mean = empty_like(gamma), var = empty_like(gamma), y = empty_like(x), grad_x = empty_like(x);
    Tensor grad_gamma = empty_like(gamma), grad_beta = empty_like(beta);
    column_mean_var(x, mean, var);
    batch_norm(x, mean, var, gamma, beta, 1e-5, y);
    batch_norm_backward(x, mean, var, gamma, 1e-5, grad, grad_x, grad_gamma, grad_beta);
    Tensor got = to_device(x, gpu()), got_first = to_device(gamma, gpu()), got_second = to_device(beta, gpu());
    for (const auto& on_gpu : {+[](const Tensor& t) { return to_device(t, gpu()); }, &strided_on_gpu}) {
      column_mean_var(on_gpu(x), got_first, got_second);
      check_gpu(got_first, mean, ulps);
      check_gpu(got_second, var, ulps);
      batch_norm(on_gpu(x), on_gpu(mean), on_gpu(var), on_gpu(gamma), on_gpu(beta), 1e-5, got);
      check_gpu(got, y, ulps);
      batch_norm_backward(on_gpu(x), on_gpu(mean), on_gpu(var), on_gpu(gamma), 1e-5, on_gpu(grad), got, got_first,
                          got_second);
      check_gpu(got, grad_x, 2 * ulps);
      check_gpu(got_first, grad_gamma, 2 * ulps);
      check_gpu(got_second, grad_beta, 2 * ulps);
    }
  });
}
