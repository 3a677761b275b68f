#include <algorithm>

#include "kernels/alone.h"
#include "kernels/copy.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/simd/gather.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/cpu/simd/taps.h"
#include "kernels/cpu/tap_tails.h"

// Few filters of one height don't fill a panel of a product, so those of some neighbouring heights stand side by side,
// a tap of all of them at a time; the lower ones' further taps are 0, which changes no sum. A sum over taps is that of
// kernels::window_convolution_max: each tap's product by itself, added in their order.
namespace seqrec::kernels::alone {

[[gnu::cold]] ConvolutionMax::ConvolutionMax(const std::vector<Tensor>& filters, const Tensor& padding,
                                             std::int64_t length)
    : length_(length), n_(filters[0].size(0)), width_(filters[0].size(2)), panel_(cpu::panel_width<float>()) {
  const std::size_t together = static_cast<std::size_t>(std::max<std::int64_t>(1, panel_ / n_));
  std::vector<Tensor> taps;
  std::int64_t elements = 0;
  // What doesn't make a whole group comes first: low filters start at many places, and fill a product's rows at least.
  for (std::size_t begin = 0, end; begin < filters.size(); begin = end) {
    end = begin + (filters.size() - begin - 1) % together + 1;
    const auto some = std::span(filters).subspan(begin, end - begin);
    Group group{{}, some.back().size(1), std::ssize(some) * n_, elements, {}};
    taps.push_back(Tensor::zeros({group.height, group.columns, width_}));
    for (const Tensor& filter : some) {
      const Tensor by_tap = contiguous(filter.transpose(0, 1));
      const std::int64_t first = std::ssize(group.heights) * n_;
      for (std::int64_t tap = 0; tap < filter.size(1); ++tap)
        std::copy_n(by_tap.data<float>() + tap * n_ * width_, n_ * width_,
                    taps.back().data<float>() + (tap * group.columns + first) * width_);
      group.heights.push_back(filter.size(1));
    }
    elements += group.height * tap_elements(group);
    groups_.push_back(std::move(group));
  }

  panels_ = Tensor({elements});
  const Tensor row = contiguous(padding);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    std::vector<float> of_padding(static_cast<std::size_t>(group.height * group.columns));
    for (std::int64_t tap = 0; tap < group.height; ++tap) {
      cpu::fill_panels<float>(width_, 0, group.columns, cpu::strided<float>(taps[i].select(0, tap).transpose(0, 1)),
                              panels_.data<float>() + group.first + tap * tap_elements(group));
      multiply(group, tap, 1, row.data<float>(), false, of_padding.data() + tap * group.columns, group.columns);
    }
    group.tails = Tensor({group.height + 1, group.columns});
    cpu::add_tails<float>(of_padding.data(), group.height, group.columns, group.tails.data<float>());
  }
}

std::int64_t ConvolutionMax::tap_elements(const Group& of) const {
  return (of.columns + panel_ - 1) / panel_ * panel_ * width_;
}

/// out [rows, columns] = or += what a tap gives of the rows of x.
void ConvolutionMax::multiply(const Group& of, std::int64_t tap, std::int64_t rows, const float* x, bool add,
                              float* out, std::int64_t stride) const {
  cpu::multiply_panels<float>(rows, of.columns, width_, 1.0f, {x, width_, 1},
                              panels_.data<float>() + of.first + tap * tap_elements(of), add, out, stride);
}

/// sums [starts, columns] over the taps that meet the rows of x.
void ConvolutionMax::sum_taps(const Group& of, std::int64_t starts, std::int64_t rows, const float* x, Arena& arena,
                              float* sums) const {
  const Arena::Scope scope(arena);
  const bool at_once = width_ <= cpu::kGemmChunk;  // a product is added when it is whole
  float* of_tap = at_once ? sums : arena.take<float>(starts * of.columns).data();
  std::fill_n(sums, starts * of.columns, 0.0f);
  for (std::int64_t tap = 0; tap < std::min(of.height, rows); ++tap, x += width_) {
    const std::int64_t some = std::min(starts, rows - tap);
    multiply(of, tap, some, x, at_once, of_tap, of.columns);
    if (!at_once) cpu::row_add<float>(some * of.columns, of_tap, sums);
  }
}

/// The maxima over all starts in `rows` items, of sums [starts, columns] over the taps that meet one.
void ConvolutionMax::max_of_group(const Group& of, std::int64_t rows, float* sums, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  std::int32_t* places = arena.take<std::int32_t>(of.columns).data();
  const std::int64_t starts = starts_of(of.heights.front(), rows);
  for (std::int64_t i = std::max<std::int64_t>(0, rows - of.height + 1); i < starts; ++i)
    cpu::row_add<float>(of.columns, of.tails.data<float>() + (rows - i) * of.columns, sums + i * of.columns);
  std::int64_t i = starts_of(of.height, rows);
  cpu::max_rows<float>(i, sums, of.columns, 0, false, out, places);
  for (auto filters = std::ssize(of.heights); i < starts; ++i) {  // lower filters alone
    while (starts_of(of.heights[static_cast<std::size_t>(filters) - 1], rows) <= i) --filters;
    cpu::max_rows<float>(1, sums + i * of.columns, filters * n_, static_cast<std::int32_t>(i), true, out, places);
  }
}

void ConvolutionMax::operator()(std::int64_t rows, const float* x, Arena& arena, float* out) const {
  require<UsageError>(panel_ == cpu::panel_width<float>(), "filters were packed for another instruction set");
  for (const Group& of : groups_) {
    const Arena::Scope scope(arena);
    const std::int64_t starts = starts_of(of.heights.front(), rows);
    float* sums = arena.take<float>(starts * of.columns).data();
    sum_taps(of, starts, rows, x, arena, sums);
    max_of_group(of, rows, sums, arena, out);
    out += of.columns;
  }
}

void ConvolutionMax::operator()(std::int64_t rows, const float* x, IdLists windows, Arena& arena, float* out,
                                std::int64_t stride) const {
  constexpr std::int64_t kRows = 96;  // stay in the first cache while all taps meet them
  require<UsageError>(panel_ == cpu::panel_width<float>(), "filters were packed for another instruction set");
  for (const Group& of : groups_) {
    const Arena::Scope scope(arena);
    const std::int64_t of_row = of.height * of.columns;
    float* taps = arena.take<float>(rows * of_row).data();
    float* sums = arena.take<float>((length_ + 1) * of.columns).data();
    for (std::int64_t row = 0; row < rows; row += kRows)
      for (std::int64_t tap = 0; tap < of.height; ++tap)
        multiply(of, tap, std::min(kRows, rows - row), x + row * width_, false, taps + row * of_row + tap * of.columns,
                 of_row);
    for (std::size_t i = 0; i < windows.size(); ++i) {
      const std::span<const std::int32_t> ids = windows[i];
      const std::int64_t items = std::ssize(ids), starts = starts_of(of.heights.front(), items);
      const std::int64_t whole = std::clamp<std::int64_t>(items - of.height + 1, 0, starts);
      cpu::tap_sums<float>(whole, of.height, ids.data(), taps, of.height, of.columns, sums);
      for (std::int64_t start = whole; start < starts; ++start)
        cpu::tap_sums<float>(1, items - start, ids.data() + start, taps, of.height, of.columns,
                             sums + start * of.columns);
      max_of_group(of, items, sums, arena, out + static_cast<std::int64_t>(i) * stride);
    }
    out += of.columns;
  }
}

}  // namespace seqrec::kernels::alone
