#pragma once

#include <cstdint>
#include <vector>

#include <cudnn.h>

/// What the stand-in for cuDNN keeps behind its handles.
struct cudnnContext {
  cudaStream_t stream = nullptr;
};
struct cudnnTensorStruct {
  cudnnDataType_t type;
  int n, c, h, w;
  std::int64_t size() const { return std::int64_t{n} * c * h * w; }
};
struct cudnnDropoutStruct {};
/// One layer of a GRU. Its weights: what x is multiplied by for r, z and n, what h is, then six biases.
struct cudnnRNNStruct {
  cudnnDataType_t type;
  std::int64_t in, width;
  std::int64_t matrix(int part) const {
    return part < 3 ? part * width * in : 3 * width * in + (part - 3) * width * width;
  }
  std::int64_t bias(int part) const { return matrix(6) + part * width; }
  std::int64_t weights() const { return bias(6); }
};
/// Packed rows of sequences of falling lengths.
struct cudnnRNNDataStruct {
  cudnnDataType_t type;
  std::vector<int> lengths;
  std::int64_t width;
  std::vector<std::int64_t> starts;  ///< of the steps, and the number of rows
};
