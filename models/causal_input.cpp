#include "models/causal_input.h"

#include <algorithm>
#include <numeric>

namespace seqrec::models {

std::int32_t first_position(Positions numbering, std::int64_t max_length, std::int32_t length) {
  return numbering == Positions::FromBegin ? 0 : static_cast<std::int32_t>(max_length) - length;
}

namespace {

/// Where a sequence stands in the batch's values (behind them all: it is the padding item), and among the places.
struct Stretch {
  std::int32_t begin = 0, length = 0, first = 0;
};

/// The sequences of cut windows, some of them empty, and which one each window is a beginning of.
struct Stretches {
  std::vector<Stretch> all;
  std::vector<std::int32_t> of_row;

  Stretches(const Windows& windows, bool shared)
      : all(shared ? windows.values() + 1 : windows.size()), of_row(windows.size()) {
    const auto values = static_cast<std::int32_t>(windows.values());
    for (std::int32_t r = 0; r < std::ssize(of_row); ++r) {
      const std::int32_t length = windows.length(r), begin = length > 0 ? windows.begin()[r] : values;
      of_row[r] = shared ? begin : r;
      Stretch& stretch = all[of_row[r]];
      stretch.begin = begin;
      stretch.length = std::max({stretch.length, length, 1});
    }
  }
};

}  // namespace

CausalInput causal_input(const Batch& batch, std::int64_t max_length, Positions numbering) {
  const Windows cut = batch.windows.keep_last(max_length);
  Stretches stretches(cut, numbering != Positions::ToEnd);
  std::vector<std::int32_t> items, positions, begin, end, offsets{0};
  for (Stretch& stretch : stretches.all) {
    if (stretch.length == 0) continue;
    stretch.first = offsets.back();
    const std::int32_t position = first_position(numbering, max_length, stretch.length);
    for (std::int32_t i = 0; i < stretch.length; ++i) {
      items.push_back(stretch.begin < cut.values() ? batch.items[stretch.begin + i] : 0);
      positions.push_back(position + i);
      begin.push_back(stretch.first);
      end.push_back(stretch.first + i + 1);
    }
    offsets.push_back(stretch.first + stretch.length);
  }
  std::vector<std::int32_t> read(cut.size());
  for (std::int32_t r = 0; r < std::ssize(read); ++r)
    read[r] = stretches.all[stretches.of_row[r]].first + std::max(cut.length(r), 1) - 1;
  const Windows windows(std::move(begin), std::move(end), offsets.back());
  const Windows of_read = windows.select(read);
  return {{Index(std::move(items)), Index(std::move(positions)), windows},
          Windows::adjacent(std::move(offsets)),
          Index(std::move(read)),
          of_read};
}

namespace {

/// Some rows of a batch, over the same values.
Batch select_rows(const Batch& batch, std::span<const std::int32_t> rows) {
  const auto by_row = [&](const Index& from) {
    const std::int64_t each = from.size() / batch.rows();
    std::vector<std::int32_t> out;
    for (const std::int32_t r : rows)
      for (std::int64_t i = 0; i < each; ++i) out.push_back(from[r * each + i]);
    return Index(std::move(out));
  };
  return {.items = batch.items,
          .value_users = batch.value_users,
          .windows = batch.windows.select(rows),
          .users = by_row(batch.users),
          .targets = by_row(batch.targets),
          .negatives = by_row(batch.negatives),
          .labels = {}};
}

}  // namespace

std::vector<Batch> slices_of(const Batch& batch, std::int64_t max_length, Positions numbering,
                             std::int64_t most_places) {
  const Windows cut = batch.windows.keep_last(max_length);
  if (cut.entries() <= most_places) return {batch};
  std::vector<std::int32_t> order(batch.rows());
  std::iota(order.begin(), order.end(), 0);
  const auto begin = [&](std::size_t i) { return cut.begin()[order[i]]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int32_t a, std::int32_t b) { return cut.begin()[a] < cut.begin()[b]; });
  std::vector<Batch> slices;
  std::size_t from = 0;
  std::int64_t places = 0;
  for (std::size_t i = 0; i < order.size();) {
    std::size_t next = i;
    std::int64_t longest = 0;
    do longest = std::max<std::int64_t>(longest, cut.length(order[next++]));
    while (numbering != Positions::ToEnd && next < order.size() && begin(next) == begin(i));
    if (places > 0 && places + longest > most_places) {
      slices.push_back(select_rows(batch, std::span(order).subspan(from, i - from)));
      from = i;
      places = 0;
    }
    places += longest;
    i = next;
  }
  slices.push_back(select_rows(batch, std::span(order).subspan(from)));
  return slices;
}

}  // namespace seqrec::models
