#include "kernels/alone.h"
#include "tests/kernels/convolution_cases.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

/// A convolution of one window, and the table and filters that the batch kernel takes.
struct Alone {
  Tensor table;
  std::vector<Tensor> filters;
  alone::ConvolutionMax convolution;
  std::int64_t length, columns = 0;

  Alone(std::int64_t length, std::int64_t width, std::int64_t n, const std::vector<std::int64_t>& heights)
      : table(random_tensor({31, width}, DType::F32, 1)), length(length) {
    for (const std::int64_t height : heights) {
      filters.push_back(random_tensor({n, height, width}, DType::F32, 10 + filters.size()));
      columns += n;
    }
    convolution = {filters, table.select(0, 0), length};
  }

  std::vector<std::int32_t> window(std::int64_t items) const {
    std::vector<std::int32_t> ids(static_cast<std::size_t>(items));
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = 1 + static_cast<std::int32_t>(i * i % 30);
    return ids;
  }
  Tensor in_batch(const std::vector<std::int32_t>& ids) const {
    const std::int32_t end = static_cast<std::int32_t>(ids.size());
    // A value after the window: a batch has at least one.
    std::vector<std::int32_t> rows = ids;
    rows.push_back(1);
    Tensor out({1, columns}), places({1, columns}, DType::I32);
    window_convolution_max(table, filters, {Windows({0}, {end}, end + 1), Index(rows), length, 0}, out, places);
    return out;
  }
};

}  // namespace

TEST_CASE("a convolution of one window has the bits of a batch, whatever its length, filters' number and width") {
  for_each_variant([] {
    const Alone cases[] = {
        {1, 1, 1, {1}},         {5, 3, 3, {1, 2, 3, 4, 5}}, {23, 64, 8, {1, 2, 3, 4, 5, 6, 7, 8, 19, 23}},
        {9, 17, 16, {2, 2, 9}}, {7, 8, 40, {1, 4, 5}},      {6, 600, 2, {1, 2, 3, 6}}};
    for (const Alone& of : cases)
      for (std::int64_t items = 0; items <= of.length; ++items) {
        const std::int64_t width = of.table.size(1);
        INFO(of.columns, " filters, width ", width, ", ", items, " of ", of.length);
        const std::vector<std::int32_t> ids = of.window(items);
        Arena arena;
        std::vector<float> x(ids.size() * static_cast<std::size_t>(width));
        alone::gather_rows(ids, of.table.data<float>(), width, x.data());
        Tensor out({1, of.columns});
        of.convolution(items, x.data(), arena, out.data<float>());
        check_same(out, of.in_batch(ids));
      }
  });
}

TEST_CASE("windows that share their items have the bits of a batch") {
  for_each_variant([] {
    for (const std::int64_t width : {5, 600}) {
      const Alone of(12, width, 8, {1, 2, 3, 4, 5, 11, 12});
      std::vector<std::vector<std::int32_t>> windows;
      for (std::int64_t items = 0; items <= of.length; ++items) windows.push_back(of.window(items));
      const std::vector<std::span<const std::int32_t>> lists(windows.begin(), windows.end());
      Arena arena;
      const std::int64_t stride = of.columns + 3;
      Tensor out({std::ssize(windows), stride});
      of.convolution(of.table.size(0), of.table.data<float>(), lists, arena, out.data<float>(), stride);
      for (std::size_t i = 0; i < windows.size(); ++i) {
        INFO(i, " items, width ", width);
        const auto row = static_cast<std::int64_t>(i);
        check_same(contiguous(out.slice(0, row, row + 1).slice(1, 0, of.columns)), of.in_batch(windows[i]));
      }
    }
  });
}

TEST_CASE("filters that were packed for one instruction set are refused in another") {
  if (cpu::supported_simd().size() < 2) return;
  const Alone of(4, 3, 2, {1, 2});
  const cpu::SimdScope other(cpu::Simd::Base);
  Arena arena;
  float x[12] = {}, out[4];
  CHECK(message_of([&] { of.convolution(4, x, arena, out); }) == "filters were packed for another instruction set");
}
