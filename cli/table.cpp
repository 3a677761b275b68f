#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "cli/screen.h"

namespace seqrec::cli {
namespace {

constexpr std::size_t kGap = 2;

void trim(std::string& line) { line.erase(line.find_last_not_of(' ') + 1); }

}  // namespace

std::vector<std::string> Table::lines(std::size_t columns) const {
  const std::size_t n = rows_[0].size(), most = columns > 0 ? columns : std::string::npos;
  std::vector<std::size_t> widths(n);
  for (const std::vector<std::string>& row : rows_)
    for (std::size_t i = 0; i < n; ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  if (n > 1) widths[0] = std::min(widths[0], most / 2);
  std::vector<std::string> out;
  for (std::size_t begin = 1, end = 1; begin == 1 || begin < n; begin = end) {
    for (std::size_t width = widths[0]; end < n && (end == begin || width + kGap + widths[end] <= most); ++end)
      width += kGap + widths[end];
    for (const std::vector<std::string>& row : rows_) {
      std::string line = padded(shortened(row[0], widths[0]), widths[0]);
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t room = most == std::string::npos ? widths[i] : std::min(widths[i], most - widths[0] - kGap);
        line += std::string(kGap, ' ') + padded_left(shortened(row[i], room), room);
      }
      trim(line);
      out.push_back(std::move(line));
    }
    if (end >= n) break;
  }
  return out;
}

}  // namespace seqrec::cli
