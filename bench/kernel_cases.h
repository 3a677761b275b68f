#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/index.h"
#include "core/tensor.h"
#include "core/windows.h"

/// The table that kernel_bench and cuda_bench walk: every kernel at the sizes that matter (ml-100k: batches of 2048,
/// width 64, 1683 classes).
namespace seqrec::bench {

/// A plain matrix product, [m, k] [k, n], `batches` times.
struct Product {
  std::int64_t m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;
  std::int64_t batches = 1;
  double flops() const { return 2.0 * static_cast<double>(batches * m * n * k); }
};

struct Case {
  std::string_view kernel;  ///< its name in the registry
  std::string shape;
  double flops;  ///< floating operations of one call; 0: bound by memory
  double bytes;  ///< read and written by one call
  /// Makes the arguments; what it returns calls the kernel.
  std::function<std::function<void()>()> prepare;
  Product product = {};  ///< that most of the flops are, if any: for a peer
};
using Cases = std::vector<Case>;

void add_matmul_cases(Cases& cases);
void add_loss_cases(Cases& cases);
void add_ranking_cases(Cases& cases);
void add_elementwise_cases(Cases& cases);
void add_row_cases(Cases& cases);
void add_embedding_cases(Cases& cases);
void add_window_cases(Cases& cases);
void add_recurrence_cases(Cases& cases);
void add_convolution_cases(Cases& cases);
void add_attention_cases(Cases& cases);
void add_graph_cases(Cases& cases);
void add_optimizer_cases(Cases& cases);
Cases all_cases();

inline constexpr std::int64_t kRows = 2048, kWidth = 64, kClasses = 1683;

/// Where the cases' tensors lie: on the CPU at first. Set it before `prepare` is called.
void set_device(Device device);

/// Uninitialised, and zeros.
Tensor empty(Shape shape, DType dtype = DType::F32);
Tensor zeros(Shape shape, DType dtype = DType::F32);
/// f32, small normal numbers.
Tensor numbers(Shape shape, std::uint64_t part = 0);
/// Skewed like items: the low ids are the frequent ones.
Index ids(std::int64_t size, std::int64_t bound, std::uint64_t part = 0);
/// The prefixes of histories of 1 to 100 values, cut to the last 50.
Windows prefixes(std::int64_t windows);

/// Bytes of f32 elements.
inline double floats(double elements) { return 4 * elements; }

}  // namespace seqrec::bench
