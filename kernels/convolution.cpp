#include "kernels/convolution.h"

#include "kernels/check.h"

namespace seqrec::kernels {
namespace {

/// The filters of each height; the number of all.
std::int64_t check_filters(const Arguments& arguments, const Tensor& table, const std::vector<Tensor>& filters,
                           const PaddedWindows& windows) {
  arguments.floating("table", table);
  arguments.rank("table", table, 2);
  require<ShapeError>(!filters.empty(), "[", arguments.op, "] filters: expected those of a height at least, got none");
  for (const Tensor& filter : filters) {
    arguments.rank("filters", filter, 3);
    const std::int64_t height = filter.size(1);
    require<ShapeError>(height >= 1 && height <= windows.length, "[", arguments.op,
                        "] filters: expected a height from 1 to the ", windows.length, " places of a window, got ",
                        filter.shape());
    arguments.input("filters", filter, {filters[0].size(0), height, table.size(1)}, table.dtype());
  }
  return filters[0].size(0) * std::ssize(filters);
}

void check_windows(const Arguments& arguments, const PaddedWindows& windows, std::int64_t rows) {
  require<ShapeError>(windows.windows.max_length() <= windows.length, "[", arguments.op, "] windows: expected at most ",
                      windows.length, " values, got ", windows.windows.max_length());
  require<ShapeError>(windows.padding >= 0 && windows.padding < rows, "[", arguments.op,
                      "] padding: expected one of the ", rows, " rows of the table, got ", windows.padding);
  arguments.ids("rows", windows.rows, windows.windows.values(), rows);
}

}  // namespace

void check::window_convolution_max(const Tensor& table, const std::vector<Tensor>& filters,
                                   const PaddedWindows& windows, Tensor& out, Tensor& argmax) {
  const Arguments arguments{"window_convolution_max"};
  const std::int64_t count = check_filters(arguments, table, filters, windows);
  check_windows(arguments, windows, table.size(0));
  arguments.result("out", out, {windows.windows.size(), count}, table.dtype());
  arguments.result("argmax", argmax, out.shape(), DType::I32);
}

void check::window_convolution_max_backward(const Tensor& grad_out, const Tensor& argmax, const Tensor& table,
                                            const std::vector<Tensor>& filters, const PaddedWindows& windows,
                                            Tensor& grad_table, const std::vector<Tensor>& grad_filters) {
  const Arguments arguments{"window_convolution_max_backward"};
  const std::int64_t count = check_filters(arguments, table, filters, windows);
  check_windows(arguments, windows, table.size(0));
  arguments.input("grad_out", grad_out, {windows.windows.size(), count}, table.dtype());
  arguments.input("argmax", argmax, grad_out.shape(), DType::I32);
  if (grad_table.defined()) arguments.result("grad_table", grad_table, table.shape(), table.dtype());
  require<ShapeError>(grad_filters.empty() || grad_filters.size() == filters.size(), "[", arguments.op,
                      "] grad_filters: expected ", filters.size(), " tensors or none, got ", grad_filters.size());
  for (std::size_t k = 0; k < grad_filters.size(); ++k)
    arguments.result("grad_filters", grad_filters[k], filters[k].shape(), table.dtype());
}

}  // namespace seqrec::kernels
