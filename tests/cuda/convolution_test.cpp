#include "tests/cuda/gpu.h"
#include "tests/kernels/convolution_cases.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

/// Those that the CPU is tested with, and what a device cuts: more heights than a band has, heights of more taps than a
/// block works on, more filters than a warp has lanes, no windows, no values, rows that nothing shows, and the
/// padding's row among the values.
std::vector<ConvolutionCase> device_cases() {
  std::vector<ConvolutionCase> cases = convolution_cases();
  std::vector<std::int64_t> heights;
  for (std::int64_t height = 1; height <= 70; ++height) heights.push_back(height);
  cases.push_back({padded_windows(9, 70, 70, 5), 5, 4, 4, heights});
  cases.push_back({padded_windows(150, 140, 150, 3), 3, 2, 1, {129, 64}});
  cases.push_back({padded_windows(5, 5, 6, 200), 200, 3, 140, {2, 3}});
  cases.push_back({{Windows(), Index(), 4, 1}, 3, 5, 2, {3, 1}});
  cases.push_back({{Windows({0, 0}, {0, 0}, 0), Index(), 4, 1}, 3, 5, 2, {3, 1}});
  cases.push_back({{Windows({0, 1, 3}, {3, 4, 4}, 4), Index({1, 0, 1, 2}), 4, 1}, 3, 5, 4, {1, 2, 3, 4}});
  cases.push_back({{Windows({0}, {2}, 2), Index({1, 0}), 4, 1}, 3, 0, 2, {3, 1}});
  cases.push_back({{Windows({0}, {2}, 2), Index({1, 0}), 4, 1}, 3, 5, 0, {3, 1}});
  return cases;
}

template <class F>
std::vector<Tensor> moved(const std::vector<Tensor>& tensors, F move) {
  std::vector<Tensor> all;
  for (const Tensor& tensor : tensors) all.push_back(move(tensor));
  return all;
}

/// On the device: as it is, strided, and shifted.
template <class F>
void for_each_layout_on_gpu(F f) {
  f([](const Tensor& tensor) { return to_device(tensor, gpu()); });
  f(strided_on_gpu);
  f(shifted_on_gpu);
}

template <class F>
void for_each_convolution(F f) {
  for (const DType dtype : kFloats)
    for (const ConvolutionCase& c : device_cases()) {
      CAPTURE(c.windows.windows.size());
      CAPTURE(c.n);
      f(dtype, c);
    }
}

}  // namespace

TEST_CASE("cuda: the maximum of a convolution is at the CPU's start, whole numbers exactly" * many_shapes()) {
  if (!has_gpu()) return;
  for_each_convolution([](DType dtype, const ConvolutionCase& c) {
    const Tensor table = whole_numbers(c.table_shape(), dtype, 1);
    const auto filters = c.filters([&](Shape shape, auto part) { return whole_numbers(shape, dtype, part); });
    Tensor out(c.out_shape(), dtype), argmax(c.out_shape(), DType::I32);
    window_convolution_max(table, filters, c.windows, out, argmax);
    const auto check = [&](auto move) {
      Tensor got = move(out), start = move(argmax);
      if (!got.is_contiguous()) got = empty_like(got), start = empty_like(start);
      window_convolution_max(move(table), moved(filters, move), c.windows, got, start);
      check_same(to_device(got, kCpu), out);
      check_same(to_device(start, kCpu), argmax);
    };
    for_each_layout_on_gpu(check);
    const cuda::GridLimitScope limit(2);
    check([](const Tensor& tensor) { return to_device(tensor, gpu()); });
  });
}

TEST_CASE("cuda: the maximum of a convolution and its gradients" * many_shapes()) {
  if (!has_gpu()) return;
  for_each_convolution([](DType dtype, const ConvolutionCase& c) {
    const auto numbers = [&](Shape shape, std::uint64_t part) { return random_tensor(shape, dtype, part); };
    const Tensor table = numbers(c.table_shape(), 1), grad = numbers(c.out_shape(), 2);
    const std::vector<Tensor> filters = c.filters(numbers);
    Tensor out(c.out_shape(), dtype), argmax(c.out_shape(), DType::I32), grad_table = empty_like(table);
    const std::vector<Tensor> grad_filters = moved(filters, empty_like);
    window_convolution_max(table, filters, c.windows, out, argmax);
    window_convolution_max_backward(grad, argmax, table, filters, c.windows, grad_table, grad_filters);
    Tensor none;
    const auto check = [&](auto move) {
      const auto on_gpu = [](const Tensor& tensor) { return Tensor(tensor.shape(), tensor.dtype(), gpu()); };
      Tensor got = on_gpu(out), start = on_gpu(argmax), of_table = on_gpu(table), alone = on_gpu(table);
      const std::vector<Tensor> of_filters = moved(filters, on_gpu), also = moved(filters, on_gpu);
      const Tensor x = move(table), y = move(grad), winners = move(argmax);
      const std::vector<Tensor> w = moved(filters, move);
      window_convolution_max(x, w, c.windows, got, start);
      check_gpu(got, out, kUlps);
      window_convolution_max_backward(y, winners, x, w, c.windows, of_table, of_filters);
      check_gpu(of_table, grad_table, 4 * kUlps);
      for (std::size_t k = 0; k < filters.size(); ++k) check_gpu(of_filters[k], grad_filters[k], 4 * kUlps);
      window_convolution_max_backward(y, winners, x, w, c.windows, alone, {});
      check_same(to_device(alone, kCpu), to_device(of_table, kCpu));
      window_convolution_max_backward(y, winners, x, w, c.windows, none, also);
      for (std::size_t k = 0; k < filters.size(); ++k)
        check_same(to_device(also[k], kCpu), to_device(of_filters[k], kCpu));
    };
    for_each_layout_on_gpu(check);
    const cuda::GridLimitScope limit(2);
    check([](const Tensor& tensor) { return to_device(tensor, gpu()); });
  });
}

TEST_CASE("cuda: the maximum of a convolution shows NaN") {
  if (!has_gpu()) return;
  const PaddedWindows windows{Windows({0, 0}, {4, 3}, 4), Index({1, 2, 1, 3}), 4, 0};
  const Tensor table = Tensor::from<float>({0, 5, 1, NAN}, {4, 1}), filter = Tensor::from<float>({1}, {1, 1, 1});
  Tensor out({2, 1}, DType::F32, gpu()), argmax({2, 1}, DType::I32, gpu());
  window_convolution_max(to_device(table, gpu()), {to_device(filter, gpu())}, windows, out, argmax);
  CHECK(to_device(argmax, kCpu).to_vector<std::int32_t>() == std::vector<std::int32_t>{3, 0});
  CHECK(std::isnan(to_device(out, kCpu).to_vector<float>()[0]));
}
