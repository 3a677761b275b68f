#include "data/row_list.h"

#include <algorithm>

namespace seqrec::data {

void RowList::push_back(Row row) {
  const bool follows = size_ > 0 && [&] {
    const Row last = row_of(stretches_.size() - 1, size_ - 1);
    return last.history == row.history && last.position + 1 == row.position && last.skipped == row.skipped;
  }();
  if (!follows) stretches_.push_back({static_cast<std::int64_t>(size_), row});
  if (size_ % kStride == 0) stretch_at_.push_back(static_cast<std::uint32_t>(stretches_.size() - 1));
  ++size_;
}

std::size_t RowList::stretch_of(std::size_t number) const {
  const std::size_t mark = number / kStride;
  const auto begin = stretches_.begin() + stretch_at_[mark];
  const auto end = mark + 1 < stretch_at_.size() ? stretches_.begin() + stretch_at_[mark + 1] + 1 : stretches_.end();
  const auto after = std::upper_bound(begin, end, static_cast<std::int64_t>(number),
                                      [](std::int64_t n, const Stretch& stretch) { return n < stretch.first; });
  return static_cast<std::size_t>(after - stretches_.begin()) - 1;
}

Row RowList::operator[](std::size_t number) const { return row_of(stretch_of(number), number); }

std::vector<Row> RowList::slice(std::size_t begin, std::size_t end) const {
  std::vector<Row> rows;
  if (begin >= end) return rows;
  rows.reserve(end - begin);
  for (Iterator at(*this, stretch_of(begin), begin); rows.size() < end - begin; ++at) rows.push_back(*at);
  return rows;
}

RowList::Iterator& RowList::Iterator::operator++() {
  if (++number_ == list_->end_of(stretch_)) ++stretch_;
  return *this;
}

}  // namespace seqrec::data
