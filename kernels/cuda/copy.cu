#include "kernels/copy.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/strided.h"

namespace seqrec::kernels::cuda {

template <class From, class To>
__global__ void copy_kernel(const From* source, To* out, Strided<2> layout) {
  for_each_index(layout.size,
                 [&](std::int64_t i) { out[layout.offset(1, i)] = static_cast<To>(source[layout.offset(0, i)]); });
}

template <class T>
__global__ void fill_kernel(T value, T* out, Strided<1> layout) {
  for_each_index(layout.size, [&](std::int64_t i) { out[layout.offset(0, i)] = value; });
}

void copy(const Tensor& source, Tensor& out) {
  Context& gpu = context(out);
  const auto layout = strided(source, out);
  if (layout.is_flat() && source.dtype() == out.dtype()) {
    if (layout.size == 0) return;
    CUDA_CALL(cudaMemcpyAsync, out.raw(), source.raw(), static_cast<std::size_t>(layout.size) * size_of(out.dtype()),
              cudaMemcpyDeviceToDevice, gpu.stream());
    return;
  }
  visit_any(source.dtype(), [&](auto from) {
    visit_any(out.dtype(), [&](auto to) {
      using From = decltype(from);
      using To = decltype(to);
      launch(gpu.over(layout.size), copy_kernel<From, To>, source.data<From>(), out.data<To>(), layout);
    });
  });
}

void fill(double value, Tensor& out) {
  Context& gpu = context(out);
  const auto layout = strided(out);
  visit_any(out.dtype(), [&](auto t) {
    using T = decltype(t);
    launch(gpu.over(layout.size), fill_kernel<T>, static_cast<T>(value), out.data<T>(), layout);
  });
}

}  // namespace seqrec::kernels::cuda
