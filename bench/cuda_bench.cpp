// cuda_bench [--json FILE]: every kernel that CUDA has, on the first device: its time and bandwidth beside those of a
// copy on the device that moves as many bytes, and for products its GFLOP/s beside plain cuBLAS. Medians over calls
// that follow each other, by CUDA events: what takes less than a launch is bound by that. Then our GRU beside
// cuDNN's. Exit code 3 without a device.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <string_view>

#include "bench/kernel_cases.h"
#include "core/file.h"
#include "core/json.h"
#include "kernels/copy.h"
#include "kernels/cuda.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/cudnn_gru.h"
#include "kernels/embedding.h"
#include "kernels/gru.h"
#include "kernels/matmul.h"

using namespace seqrec;
using namespace seqrec::bench;
using kernels::cuda::Context;

namespace {

constexpr int kSamples = 15;
constexpr double kSampleSeconds = 1e-3;

/// The median time of a call, in seconds.
class Stopwatch {
 public:
  explicit Stopwatch(Context& gpu) : gpu_(gpu) {}

  template <class F>
  double median(F call) {
    call();  // allocates and uploads
    const int calls = static_cast<int>(std::clamp(kSampleSeconds / time(call, 3), 1.0, 500.0));
    double samples[kSamples];
    for (double& sample : samples) sample = time(call, calls);
    std::nth_element(samples, samples + kSamples / 2, samples + kSamples);
    return samples[kSamples / 2];
  }

 private:
  template <class F>
  double time(F& call, int calls) {
    CUDA_CALL(cudaEventRecord, begin_.get(), gpu_.stream());
    for (int i = 0; i < calls; ++i) call();
    CUDA_CALL(cudaEventRecord, end_.get(), gpu_.stream());
    gpu_.wait(end_);
    float milliseconds = 0;
    CUDA_CALL(cudaEventElapsedTime, &milliseconds, begin_.get(), end_.get());
    return milliseconds * 1e-3 / calls;
  }

  Context& gpu_;
  kernels::cuda::Event begin_ = kernels::cuda::make_event(true), end_ = kernels::cuda::make_event(true);
};

/// The time of a copy that reads and writes `bytes` in all.
double copy_seconds(Context& gpu, Stopwatch& watch, double bytes) {
  static std::map<double, double> known;
  if (const auto found = known.find(bytes); found != known.end()) return found->second;
  const Tensor from = zeros({static_cast<std::int64_t>(bytes / 2)}, DType::U8), to = zeros(from.shape(), DType::U8);
  return known[bytes] = watch.median([&] {
    CUDA_CALL(cudaMemcpyAsync, to.raw(), from.raw(), static_cast<std::size_t>(from.numel()), cudaMemcpyDeviceToDevice,
              gpu.stream());
  });
}

/// The time of a product by cuBLAS alone. Row-major c = a b is column-major c^T = b^T a^T.
double cublas_seconds(Context& gpu, Stopwatch& watch, const Product& p) {
  const Tensor a = numbers({p.batches * p.m * p.k}), b = numbers({p.batches * p.k * p.n}, 1);
  const Tensor c = empty({p.batches * p.m * p.n});
  const float one = 1, zero = 0;
  const cublasOperation_t of_a = p.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N;
  const cublasOperation_t of_b = p.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
  const std::int64_t lead_a = p.transpose_a ? p.m : p.k, lead_b = p.transpose_b ? p.k : p.n;
  return watch.median([&] {
    if (p.batches == 1) {
      CUBLAS_CALL(cublasSgemm_64, gpu.cublas(), of_b, of_a, p.n, p.m, p.k, &one, b.data<float>(), lead_b,
                  a.data<float>(), lead_a, &zero, c.data<float>(), p.n);
    } else {
      CUBLAS_CALL(cublasSgemmStridedBatched_64, gpu.cublas(), of_b, of_a, p.n, p.m, p.k, &one, b.data<float>(), lead_b,
                  p.k * p.n, a.data<float>(), lead_a, p.m * p.k, &zero, c.data<float>(), p.n, p.m * p.n, p.batches);
    }
  });
}

Json measure(Context& gpu, Stopwatch& watch, const Case& entry) {
  const double seconds = watch.median(entry.prepare());
  Json result = Json::object();
  result["kernel"] = entry.kernel;
  result["shape"] = entry.shape;
  result["microseconds"] = seconds * 1e6;
  const bool counts_flops = entry.flops > 0, has_peer = !counts_flops || entry.product.m > 0;
  const double rate = (counts_flops ? entry.flops : entry.bytes) / seconds / 1e9;
  result[counts_flops ? "gflop_per_s" : "gb_per_s"] = rate;
  std::printf("%-38s %-44s %10.2f us %9.1f %-7s", std::string(entry.kernel).c_str(), entry.shape.c_str(), seconds * 1e6,
              rate, counts_flops ? "GFLOP/s" : "GB/s");
  if (has_peer) {
    const double peer = counts_flops ? entry.product.flops() / cublas_seconds(gpu, watch, entry.product)
                                     : entry.bytes / copy_seconds(gpu, watch, entry.bytes);
    const double share = rate * 1e9 / peer;
    result[counts_flops ? "share_of_cublas" : "share_of_copy"] = share;
    std::printf(" %6.1f %% of %s", 100 * share, counts_flops ? "cuBLAS" : "a copy");
  }
  std::printf("\n");
  std::fflush(stdout);
  return result;
}

/// From the vectors of values to states and back to all gradients: ours, and cuDNN's, which multiplies once per entry
/// instead of once per value.
Json compare_gru(Stopwatch& watch, Device device, const char* name, const Windows& windows, std::int64_t in,
                 std::int64_t width) {
  using kernels::GruCell, kernels::Write, kernels::cuda::GruWeights;
  const std::int64_t values = windows.values(), entries = windows.entries();
  const Tensor x = numbers({values, in}), grad = numbers({entries, width});
  const GruWeights weights{numbers({3 * width, in}), numbers({3 * width, width}), numbers({3 * width}),
                           numbers({3 * width})};
  GruWeights grads{empty({3 * width, in}), empty({3 * width, width}), empty({3 * width}), empty({3 * width})};
  Tensor projected = empty({values, 3 * width}), states = empty({entries, width}), gates = empty({entries, 4 * width});
  Tensor grad_projected = empty_like(projected), grad_x = empty_like(x), no_scores;
  const double ours = watch.median([&] {
    kernels::matmul(x, false, weights.w_ih, true, 1, Write::Overwrite, projected);
    kernels::gru(GruCell::Gru, projected, no_scores, windows, weights.w_hh, weights.b_ih, weights.b_hh, states, gates);
    kernels::gru_backward(GruCell::Gru, projected, no_scores, windows, weights.w_hh, states, gates, grad,
                          grad_projected, no_scores, grads.w_hh, grads.b_ih, grads.b_hh);
    kernels::matmul(grad_projected, false, weights.w_ih, false, 1, Write::Overwrite, grad_x);
    kernels::matmul(grad_projected, true, x, false, 1, Write::Overwrite, grads.w_ih);
  });
  kernels::cuda::CudnnGru yardstick(windows, in, width, DType::F32, device);
  yardstick.set_weights(weights);
  Tensor packed = empty({entries, in}), grad_packed = empty({entries, in});
  Tensor grad_held = empty({std::ssize(yardstick.values().groups().ids), in});
  const double cudnn = watch.median([&] {
    kernels::gather_rows(x, yardstick.values(), packed);
    yardstick.forward(packed, states);
    yardstick.backward(packed, states, grad, grad_packed, grads);
    kernels::sum_rows_by_id(grad_packed, yardstick.values(), grad_held);
  });
  Json result = Json::object();
  result["shape"] =
      concat(name, ": ", windows.size(), " windows, ", values, " values, ", entries, " entries, ", in, " -> ", width);
  result["microseconds"] = ours * 1e6;
  result["cudnn_microseconds"] = cudnn * 1e6;
  std::printf("%-83s %10.2f us, cuDNN's %10.2f us\n", result.at("shape").as_string().c_str(), ours * 1e6, cudnn * 1e6);
  return result;
}

Json compare_grus(Stopwatch& watch, Device device) {
  std::vector<std::int32_t> offsets{0};
  while (std::ssize(offsets) <= kRows) offsets.push_back(offsets.back() + 50);
  Json results = Json::array();
  std::printf("\nGRU, forward and backward\n");
  try {
    results.push_back(compare_gru(watch, device, "prefixes, as DIEN's", prefixes(kRows), 20, 20));
    results.push_back(compare_gru(watch, device, "sequences, as GRU4Rec's", Windows::adjacent(offsets), 64, 128));
  } catch (const DeviceError& error) {  // no cuDNN
    std::printf("%s\n", error.what());
  }
  return results;
}

int run(const std::string& json_file) {
  if (!kernels::cuda::available()) {
    std::cerr << "cuda_bench: no CUDA device: " << kernels::cuda::absence() << "\n";
    return 3;
  }
  const Device device{Device::Kind::Cuda, 0};
  kernels::cuda::open(device);
  set_device(device);
  Context& gpu = kernels::cuda::context(device);
  Stopwatch watch(gpu);

  constexpr double kLarge = 1 << 30;
  Tensor one = empty({1});
  Json report = Json::object();
  report["device"] = kernels::cuda::description(device);
  report["copy_gb_per_s"] = kLarge / copy_seconds(gpu, watch, kLarge) / 1e9;
  report["launch_microseconds"] = 1e6 * watch.median([&] { kernels::fill(0, one); });
  std::printf("%s\na copy on the device moves %.0f GB/s (1 GiB, read and written), a launch takes %.2f us\n\n",
              report.at("device").as_string().c_str(), report.at("copy_gb_per_s").as_double(),
              report.at("launch_microseconds").as_double());

  const auto& present = kernels::cuda_kernel_names();
  report["cases"] = Json::array();
  for (const Case& entry : all_cases())
    if (std::find(present.begin(), present.end(), entry.kernel) != present.end())
      report["cases"].push_back(measure(gpu, watch, entry));
  report["gru"] = compare_grus(watch, device);
  if (!json_file.empty()) write_text(json_file, report.dump(2) + "\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return run("");
  if (arguments.size() == 2 && arguments[0] == "--json") return run(arguments[1]);
  std::cerr << "usage: cuda_bench [--json FILE]\n";
  return 2;
} catch (const Error& error) {
  std::cerr << "cuda_bench: " << error.what() << "\n";
  return 1;
}
