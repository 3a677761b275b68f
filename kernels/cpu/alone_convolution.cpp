#include <algorithm>
#include <numeric>

#include "kernels/alone.h"
#include "kernels/copy.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/simd/gather.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/cpu/simd/taps.h"
#include "kernels/cpu/tap_tails.h"

namespace seqrec::kernels::alone {
namespace {

/// Taps of a filter that are multiplied at once. A tall filter starts at few of the items, so that most taps meet few
/// of them: only those products are made.
constexpr std::int64_t kTaps = 4;

}  // namespace

[[gnu::cold]] ConvolutionMax::ConvolutionMax(const std::vector<Tensor>& filters, const Tensor& padding,
                                             std::int64_t length)
    : length_(length), n_(filters[0].size(0)), width_(filters[0].size(2)) {
  for (const Tensor& filter : filters) {
    OfHeight of{filter.size(1), {}, Tensor({filter.size(1) + 1, n_})};
    const Tensor by_tap = contiguous(filter.transpose(0, 1)).reshape({of.height * n_, width_});
    const Linear all(by_tap, {});
    std::vector<float> taps(static_cast<std::size_t>(of.height * n_));
    all(1, contiguous(padding).data<float>(), taps.data());
    cpu::add_tails<float>(taps.data(), of.height, n_, of.tails.data<float>());
    for (std::int64_t tap = 0; tap < of.height; tap += kTaps)
      of.taps.emplace_back(by_tap.slice(0, tap * n_, std::min(of.height, tap + kTaps) * n_), Tensor());
    heights_.push_back(std::move(of));
  }
}

std::int64_t ConvolutionMax::tallest() const {
  std::int64_t most = 0;
  for (const OfHeight& of : heights_) most = std::max(most, of.height);
  return most;
}

/// The filters of one height over a window: `ids` name the rows of taps [rows, height, n].
void ConvolutionMax::max_of_height(const OfHeight& of, std::span<const std::int32_t> ids, const float* taps,
                                   Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const std::int64_t rows = std::ssize(ids), height = of.height;
  const auto [whole, cut] = cpu::starts_of(rows, height, length_ - height);
  float* sums = arena.take<float>(std::max(whole, cut) * n_).data();
  std::int32_t* places = arena.take<std::int32_t>(n_).data();
  if (whole > 0) {
    cpu::tap_sums<float>(whole, height, ids.data(), taps, height, n_, sums);
    cpu::max_rows<float>(whole, sums, n_, 0, false, out, places);
  }
  if (cut > 0) {
    cpu::sum_cut<float>({whole, cut}, rows, ids.data(), taps, of.tails.data<float>(), height, n_, sums);
    cpu::max_rows<float>(cut, sums, n_, static_cast<std::int32_t>(whole), whole > 0, out, places);
  }
}

void ConvolutionMax::operator()(std::int64_t rows, const float* x, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  const std::span<std::int32_t> ids = arena.take<std::int32_t>(rows);
  std::iota(ids.begin(), ids.end(), 0);
  float* taps = arena.take<float>(rows * tallest() * n_).data();
  for (const OfHeight& of : heights_) {
    const std::int64_t height = of.height, columns = height * n_, last_start = length_ - height;
    for (std::size_t t = 0; t < of.taps.size(); ++t) {
      const std::int64_t tap = static_cast<std::int64_t>(t) * kTaps, last_tap = std::min(height, tap + kTaps);
      const std::int64_t end = std::min(rows, last_tap + last_start);
      if (tap < end) of.taps[t](end - tap, x + tap * width_, width_, taps + tap * columns + tap * n_, columns);
    }
    max_of_height(of, ids, taps, arena, out);
    out += n_;
  }
}

void ConvolutionMax::operator()(std::int64_t rows, const float* x, IdLists windows, Arena& arena, float* out,
                                std::int64_t stride) const {
  constexpr std::int64_t kRows = 96;  // stay in the first cache while all taps meet them
  const Arena::Scope scope(arena);
  float* taps = arena.take<float>(rows * tallest() * n_).data();
  for (const OfHeight& of : heights_) {
    const std::int64_t columns = of.height * n_;
    for (std::int64_t row = 0; row < rows; row += kRows)
      for (std::size_t t = 0; t < of.taps.size(); ++t)
        of.taps[t](std::min(kRows, rows - row), x + row * width_, width_,
                   taps + row * columns + static_cast<std::int64_t>(t) * kTaps * n_, columns);
    for (std::size_t i = 0; i < windows.size(); ++i)
      max_of_height(of, windows[i], taps, arena, out + static_cast<std::int64_t>(i) * stride);
    out += n_;
  }
}

}  // namespace seqrec::kernels::alone
