// cuDNN's GRU as kernels/cuda/cudnn_gru.cpp calls it, as obvious loops: https://docs.nvidia.com/deeplearning/cudnn
// (CUDNN_GRU, two biases, one layer in one direction, packed).
#include <algorithm>
#include <cmath>

#include "tests/cuda_sim/cudnn_objects.h"
#include "tests/cuda_sim/memory.h"
#include "tests/cuda_sim/runtime.h"
#include "tests/cuda_sim/streams.h"

namespace {

std::size_t size_of(cudnnDataType_t type) { return type == CUDNN_DATA_FLOAT ? sizeof(float) : sizeof(double); }

/// What a call works on: by packed row x, y, and r, z, n and W_hn h + b_hn, which the way back replaces by the
/// gradients of what r, z and n are functions of, and of the last.
template <class T>
struct Gru {
  cudnnRNNStruct rnn;
  cudnnRNNDataStruct rows;
  const T *x, *y, *weights;
  T* kept;

  std::int64_t steps() const { return static_cast<std::int64_t>(rows.starts.size()) - 1; }
  std::int64_t active(std::int64_t step) const { return rows.starts[step + 1] - rows.starts[step]; }
  /// The state before row i of a step; null: zero.
  const T* before(std::int64_t step, std::int64_t i) const {
    return step == 0 ? nullptr : y + (rows.starts[step - 1] + i) * rnn.width;
  }
  T* gates(std::int64_t row) const { return kept + row * 4 * rnn.width; }

  double product(int part, std::int64_t unit, const T* vector) const {
    const std::int64_t size = part < 3 ? rnn.in : rnn.width;
    double sum = weights[rnn.bias(part) + unit];
    if (vector == nullptr) return sum;
    for (std::int64_t k = 0; k < size; ++k) sum += double(weights[rnn.matrix(part) + unit * size + k]) * vector[k];
    return sum;
  }
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

template <class T>
void forward(const Gru<T>& gru, T* y) {
  const std::int64_t width = gru.rnn.width;
  for (std::int64_t step = 0; step < gru.steps(); ++step)
    for (std::int64_t i = 0; i < gru.active(step); ++i) {
      const std::int64_t row = gru.rows.starts[step] + i;
      const T *x = gru.x + row * gru.rnn.in, *h = gru.before(step, i);
      T* const kept = gru.gates(row);
      for (std::int64_t u = 0; u < width; ++u) {
        const double r = sigmoid(gru.product(0, u, x) + gru.product(3, u, h));
        const double z = sigmoid(gru.product(1, u, x) + gru.product(4, u, h));
        const double hidden = gru.product(5, u, h), n = std::tanh(gru.product(2, u, x) + r * hidden);
        const double all[] = {r, z, n, hidden};
        for (std::int64_t part = 0; part < 4; ++part) kept[part * width + u] = static_cast<T>(all[part]);
        y[row * width + u] = static_cast<T>((1 - z) * n + (h ? z * h[u] : 0));
      }
    }
}

template <class T>
void backward_data(const Gru<T>& gru, const T* grad_y, T* grad_x) {
  const std::int64_t width = gru.rnn.width, in = gru.rnn.in;
  std::vector<double> grad_h(static_cast<std::size_t>(gru.active(0) * width));
  for (std::int64_t step = gru.steps() - 1; step >= 0; --step)
    for (std::int64_t i = 0; i < gru.active(step); ++i) {
      const std::int64_t row = gru.rows.starts[step] + i;
      const T* const h = gru.before(step, i);
      T* const kept = gru.gates(row);
      double* const grad = grad_h.data() + i * width;
      for (std::int64_t u = 0; u < width; ++u) {
        const double r = kept[u], z = kept[width + u], n = kept[2 * width + u], hidden = kept[3 * width + u];
        const double g = grad[u] + grad_y[row * width + u], before = h ? double(h[u]) : 0;
        const double of_n = g * (1 - z) * (1 - n * n);
        kept[u] = static_cast<T>(of_n * hidden * r * (1 - r));
        kept[width + u] = static_cast<T>(g * (before - n) * z * (1 - z));
        kept[2 * width + u] = static_cast<T>(of_n);
        kept[3 * width + u] = static_cast<T>(of_n * r);
        grad[u] = g * z;
      }
      const T* const by_state[] = {kept, kept + width, kept + 3 * width};
      for (int part = 0; part < 3; ++part)
        for (std::int64_t u = 0; u < width; ++u)
          for (std::int64_t k = 0; k < width; ++k)
            grad[k] += double(by_state[part][u]) * gru.weights[gru.rnn.matrix(3 + part) + u * width + k];
      for (std::int64_t k = 0; k < in; ++k) {
        double sum = 0;
        for (int part = 0; part < 3; ++part)
          for (std::int64_t u = 0; u < width; ++u)
            sum += double(kept[part * width + u]) * gru.weights[gru.rnn.matrix(part) + u * in + k];
        grad_x[row * in + k] = static_cast<T>(sum);
      }
    }
}

template <class T>
void backward_weights(const Gru<T>& gru, T* grads) {
  const std::int64_t width = gru.rnn.width;
  for (std::int64_t step = 0; step < gru.steps(); ++step)
    for (std::int64_t i = 0; i < gru.active(step); ++i) {
      const std::int64_t row = gru.rows.starts[step] + i;
      for (int part = 0; part < 6; ++part) {
        const T* const grad = gru.gates(row) + (part < 5 ? part % 3 : 3) * width;
        const T* const vector = part < 3 ? gru.x + row * gru.rnn.in : gru.before(step, i);
        const std::int64_t size = part < 3 ? gru.rnn.in : width;
        for (std::int64_t u = 0; u < width; ++u) {
          grads[gru.rnn.bias(part) + u] += grad[u];
          for (std::int64_t k = 0; vector && k < size; ++k)
            grads[gru.rnn.matrix(part) + u * size + k] += grad[u] * vector[k];
        }
      }
    }
}

/// Refuses spaces of other sizes than were asked for, and what isn't the device's.
void check(const cudnnContext& context, const cudnnRNNStruct& rnn, const cudnnRNNDataStruct& x, std::size_t weights,
           std::size_t reserve, std::initializer_list<const void*> pointers) {
  const auto element = size_of(rnn.type);
  if (weights != static_cast<std::size_t>(rnn.weights()) * element ||
      reserve != static_cast<std::size_t>(x.starts.back() * 4 * rnn.width) * element)
    cuda_sim::fail("cudnn: a space of another size than cuDNN asked for");
  for (const void* const pointer : pointers)
    if (cuda_sim::device_of(pointer) != context.stream->device) cuda_sim::fail("cudnn: a tensor isn't the device's");
}

/// Calls f(Gru<T>) when the stream comes to it.
template <class F>
void enqueue(const cudnnContext& context, const cudnnRNNStruct& rnn, const cudnnRNNDataStruct& rows, const void* x,
             const void* y, const void* weights, void* kept, F f) {
  cuda_sim::enqueue(context.stream, [=] {
    const auto run = [&]<class T>(T) {
      f(Gru<T>{rnn, rows, static_cast<const T*>(x), static_cast<const T*>(y), static_cast<const T*>(weights),
               static_cast<T*>(kept)});
    };
    rnn.type == CUDNN_DATA_FLOAT ? run(float{}) : run(double{});
  });
}

}  // namespace

extern "C" {

cudnnStatus_t cudnnCreateDropoutDescriptor(cudnnDropoutDescriptor_t* descriptor) {
  *descriptor = new cudnnDropoutStruct;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroyDropoutDescriptor(cudnnDropoutDescriptor_t descriptor) {
  delete descriptor;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetDropoutDescriptor(cudnnDropoutDescriptor_t, cudnnHandle_t, float dropout, void*, std::size_t,
                                        unsigned long long) {
  return dropout == 0 ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

cudnnStatus_t cudnnCreateRNNDescriptor(cudnnRNNDescriptor_t* descriptor) {
  *descriptor = new cudnnRNNStruct{};
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroyRNNDescriptor(cudnnRNNDescriptor_t descriptor) {
  delete descriptor;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetRNNDescriptor_v8(cudnnRNNDescriptor_t descriptor, cudnnRNNAlgo_t, cudnnRNNMode_t cell,
                                       cudnnRNNBiasMode_t bias, cudnnDirectionMode_t direction,
                                       cudnnRNNInputMode_t input, cudnnDataType_t type, cudnnDataType_t precision,
                                       cudnnMathType_t, std::int32_t in, std::int32_t width, std::int32_t projected,
                                       std::int32_t layers, cudnnDropoutDescriptor_t dropout, std::uint32_t) {
  if (cell != CUDNN_GRU || bias != CUDNN_RNN_DOUBLE_BIAS || direction != CUDNN_UNIDIRECTIONAL ||
      input != CUDNN_LINEAR_INPUT || type != precision || projected != width || layers != 1 || dropout == nullptr)
    return CUDNN_STATUS_BAD_PARAM;
  *descriptor = {type, in, width};
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateRNNDataDescriptor(cudnnRNNDataDescriptor_t* descriptor) {
  *descriptor = new cudnnRNNDataStruct{};
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroyRNNDataDescriptor(cudnnRNNDataDescriptor_t descriptor) {
  delete descriptor;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetRNNDataDescriptor(cudnnRNNDataDescriptor_t descriptor, cudnnDataType_t type,
                                        cudnnRNNDataLayout_t layout, int longest, int count, int width,
                                        const int lengths[], void*) {
  const std::vector<int> all(lengths, lengths + count);
  if (layout != CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_PACKED || all.empty() || all.front() != longest || all.back() < 1 ||
      !std::is_sorted(all.rbegin(), all.rend()))
    return CUDNN_STATUS_BAD_PARAM;
  *descriptor = {type, all, width, {0}};
  for (int step = 0; step < longest; ++step)
    descriptor->starts.push_back(descriptor->starts.back() +
                                 std::count_if(all.begin(), all.end(), [&](int length) { return length > step; }));
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetRNNWeightSpaceSize(cudnnHandle_t, cudnnRNNDescriptor_t rnn, std::size_t* bytes) {
  *bytes = static_cast<std::size_t>(rnn->weights()) * size_of(rnn->type);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnGetRNNTempSpaceSizes(cudnnHandle_t, cudnnRNNDescriptor_t rnn, cudnnForwardMode_t,
                                        cudnnRNNDataDescriptor_t x, std::size_t* work, std::size_t* reserve) {
  *work = 256;
  *reserve = static_cast<std::size_t>(x->starts.back() * 4 * rnn->width) * size_of(rnn->type);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnGetRNNWeightParams(cudnnHandle_t, cudnnRNNDescriptor_t rnn, std::int32_t layer, std::size_t,
                                      const void* weights, std::int32_t part, cudnnTensorDescriptor_t, void** matrix,
                                      cudnnTensorDescriptor_t, void** bias) {
  if (layer != 0 || part < 0 || part > 5) return CUDNN_STATUS_BAD_PARAM;
  const auto at = [&](std::int64_t element) {
    return static_cast<char*>(const_cast<void*>(weights)) + static_cast<std::size_t>(element) * size_of(rnn->type);
  };
  *matrix = at(rnn->matrix(part));
  *bias = at(rnn->bias(part));
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNForward(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn, cudnnForwardMode_t, const std::int32_t*,
                              cudnnRNNDataDescriptor_t x_rows, const void* x, cudnnRNNDataDescriptor_t, void* y,
                              cudnnTensorDescriptor_t, const void* hx, void* hy, cudnnTensorDescriptor_t, const void*,
                              void*, std::size_t weight_bytes, const void* weights, std::size_t, void*,
                              std::size_t reserve_bytes, void* reserve) {
  if (hx != nullptr || hy != nullptr) return CUDNN_STATUS_BAD_PARAM;
  check(*handle, *rnn, *x_rows, weight_bytes, reserve_bytes, {x, y, weights, reserve});
  enqueue(*handle, *rnn, *x_rows, x, y, weights, reserve,
          [=]<class T>(const Gru<T>& gru) { forward(gru, static_cast<T*>(y)); });
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNBackwardData_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn, const std::int32_t*,
                                      cudnnRNNDataDescriptor_t, const void* y, const void* grad_y,
                                      cudnnRNNDataDescriptor_t x_rows, void* grad_x, cudnnTensorDescriptor_t,
                                      const void*, const void*, void*, cudnnTensorDescriptor_t, const void*,
                                      const void*, void*, std::size_t weight_bytes, const void* weights, std::size_t,
                                      void*, std::size_t reserve_bytes, void* reserve) {
  check(*handle, *rnn, *x_rows, weight_bytes, reserve_bytes, {y, grad_y, grad_x, weights, reserve});
  enqueue(*handle, *rnn, *x_rows, nullptr, y, weights, reserve, [=]<class T>(const Gru<T>& gru) {
    backward_data(gru, static_cast<const T*>(grad_y), static_cast<T*>(grad_x));
  });
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnRNNBackwardWeights_v8(cudnnHandle_t handle, cudnnRNNDescriptor_t rnn, cudnnWgradMode_t mode,
                                         const std::int32_t*, cudnnRNNDataDescriptor_t x_rows, const void* x,
                                         cudnnTensorDescriptor_t, const void*, cudnnRNNDataDescriptor_t, const void* y,
                                         std::size_t weight_bytes, void* grads, std::size_t, void*,
                                         std::size_t reserve_bytes, void* reserve) {
  if (mode != CUDNN_WGRAD_MODE_ADD) return CUDNN_STATUS_BAD_PARAM;
  check(*handle, *rnn, *x_rows, weight_bytes, reserve_bytes, {x, y, grads, reserve});
  enqueue(*handle, *rnn, *x_rows, x, y, nullptr, reserve,
          [=]<class T>(const Gru<T>& gru) { backward_weights(gru, static_cast<T*>(grads)); });
  return CUDNN_STATUS_SUCCESS;
}
}
