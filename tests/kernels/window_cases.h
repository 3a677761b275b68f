#pragma once

#include <algorithm>

#include "core/windows.h"
#include "tests/kernels/parity.h"

/// Windows that tests of their kernels share.
namespace seqrec::kernels {

/// Random windows, some of them empty, none longer than `longest`.
inline Windows random_windows(std::int64_t windows, std::int64_t values, std::uint32_t longest, std::uint64_t part) {
  Random random(random_stream(9, Purpose::Test, part));
  std::vector<std::int32_t> begin, end;
  for (std::int64_t w = 0; w < windows; ++w) {
    begin.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(values) + 1)));
    const auto left = std::min(longest, static_cast<std::uint32_t>(values - begin.back()));
    end.push_back(begin.back() + static_cast<std::int32_t>(random.below(left + 1)));
  }
  return Windows(begin, end, values);
}

/// The prefixes of histories, cut to their last `longest` values.
inline Windows prefixes(std::int64_t histories, std::int32_t length, std::int64_t longest) {
  std::vector<std::int32_t> begin, end;
  for (std::int32_t h = 0; h < histories; ++h)
    for (std::int32_t i = 1; i <= length; ++i) {
      begin.push_back(h * length);
      end.push_back(h * length + i);
    }
  return Windows(begin, end, histories * length).keep_last(longest);
}

/// Windows over values of `width` columns, which are rows of a table of `rows`.
struct WindowCase {
  const char* name;
  Windows windows;
  std::int64_t width, rows;

  Index value_rows() const { return windows.values() == 0 ? Index() : random_ids(windows.values(), rows, 1); }
};

}  // namespace seqrec::kernels
