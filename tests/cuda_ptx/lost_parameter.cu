// What scripts/cuda_parameters must find: nvcc 13.0 expands the pack, which two nested generic lambdas capture, to its
// first element, so that `right` is never read. A kernel that reads both stands beside it.
#include <utility>

template <class F>
__device__ void call(F f) {
  f(0L);
}

template <class... In>
__global__ void loses_right(float* out, const In*... in) {
  call([&](auto i) {
    [&]<int... K>(std::integer_sequence<int, K...>) { out[i] = ((in[i] * static_cast<float>(K + 1)) + ...); }
    (std::make_integer_sequence<int, sizeof...(In)>());
  });
}
template __global__ void loses_right<float, float>(float*, const float*, const float*);

// The same loss whatever the version of nvcc: a parameter that nobody reads.
__global__ void ignores_right(float* out, const float* left, const float* /*right*/) { *out = *left; }

__global__ void reads_both(float* out, const float* left, const float* right) { *out = *left + *right; }
