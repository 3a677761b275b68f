#include "kernels/byte_table.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "core/parallel.h"
#include "kernels/alone.h"
#include "kernels/build.h"
#include "kernels/copy.h"
#include "kernels/cpu/best.h"
#include "kernels/cpu/excluded.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/ranges.h"
#include "kernels/cpu/simd.h"
#include "kernels/cpu/simd/byte_panels.h"
#include "kernels/precision.h"
#include "kernels/topk.h"

// Why a row that is not read in f32 can't be among the best.
//
// Let q be a row of `hidden`, t a row of the table, of d elements; q' = s c and t' = r b what their bytes stand for, s
// and r the scales, c and b whole numbers. Norms are Euclidean, u = 2^-24.
//
// 1. q.t - q'.t' = (q - q').t' + q.(t - t'), so by Cauchy and Schwarz it is at most |q - q'| |t'| + |q| |t - t'|.
// 2. The f32 product S sums up d terms, in any order, with at most 2 d roundings on a term's way, each of a relative
//    error of u or, below the normal numbers, an absolute one of 2^-150: |S - q.t| <= g |q| |t| + 2^-148 d, where
//    g = 2 d u / (1 - 2 d u), and |t| <= |t'| + |t - t'|. Nothing overflows: elements are below 2^50.
// 3. q'.t' = s r (c.b). c.b is exact: at most 63 * 127 * 2048 < 2^24, so a float too. x = r (c.b), rounded, is off by
//    u |c| |t'| at most; r is at least 2^-87, so that it is a normal number or 0.
//
// Hence |S / s - x| <= w = A |t'| + B |t - t'| + C, with A = (|q - q'| + g |q|) / s + u |c|, B = (1 + g) |q| / s and
// C = 2^-148 d / s. It is asked for x + w and x - w with roundings: those of the sums are at most 3 u (|x| + w)
// together, |x| <= (1 + u) |c| |t'|, so A is taken with 8 u |c|; those within w, a relative error of at most 6 u, are
// met by enlarging A, B and C by 2^-20 = 16 u, and below the normal numbers by adding 2^-120 to C. Norms are kept
// rounded up.
//
// A row has x - w <= S / s <= x + w. If k rows have x - w of at least `bar`, one with x + w < bar has a smaller S than
// k others. Rows of elements too large or not finite have an infinite w; they are read always. Rows of elements too
// small have b = 0, and w covers them. Of q neither is taken, nor of a q of zeros: there the bytes are not used.
namespace seqrec::kernels {
namespace {

using cpu::kPanelRows;

constexpr std::int64_t kBoundRows = 512;    // a block: its bytes stay in the cache for all queries
constexpr std::int64_t kQueriesAtOnce = 4;  // that share a reading of it
constexpr std::int64_t kQueryGrain = 64;
constexpr std::int32_t kQueryLimit = 63, kTableLimit = 127;
constexpr std::int64_t kMinClasses = 64;
constexpr std::int64_t kMinClassesOfMany = 8192, kManyRows = 8;  // a product of many rows is fast by itself
constexpr std::int64_t kMinClassesOfPart = 16384;
constexpr std::int64_t kMinCandidates = 1024;
constexpr std::int64_t kMinListed = 8192;

constexpr std::int64_t quads_of(std::int64_t width) { return (width + 3) / 4; }

float rounded_up(double x) {
  const auto result = static_cast<float>(x);
  return static_cast<double>(result) < x ? std::nextafter(result, std::numeric_limits<float>::infinity()) : result;
}

/// The scale, norm and error of row `row` of a panel (`which` 0, 1, 2).
float of_row(const std::uint8_t* panel, std::int64_t quads, std::int64_t which, std::int64_t row) {
  float value;
  std::memcpy(&value, panel + 4 * kPanelRows * quads + (which * kPanelRows + row) * 4, sizeof value);
  return value;
}

void write_panel(const float* rows, std::int64_t count, std::int64_t width, std::uint8_t* panel) {
  const std::int64_t quads = quads_of(width);
  std::memset(panel, 0, static_cast<std::size_t>(cpu::panel_bytes(quads)));
  alignas(64) std::int8_t codes[ByteTable::kMaxWidth] = {};
  for (std::int64_t r = 0; r < count; ++r) {
    const cpu::ByteRow row = cpu::to_bytes(width, rows + r * width, kTableLimit, codes);
    for (std::int64_t g = 0; g < quads; ++g) {
      std::uint8_t* quad = panel + 4 * (g * kPanelRows + r);
      for (int i = 0; i < 4; ++i) quad[i] = static_cast<std::uint8_t>(codes[4 * g + i] + 128);
    }
    const float of_row[] = {row.scale, row.norm, row.error};
    for (int which = 0; which < 3; ++which)
      std::memcpy(panel + 4 * kPanelRows * quads + (which * kPanelRows + r) * 4, &of_row[which], sizeof(float));
  }
}

/// A row of `hidden`, and which rows of the table may be among its k best.
class Query {
 public:
  enum class Listed { Excluded, Alone };

  Query(const float* hidden, std::int64_t width, std::int64_t k, std::span<const std::int32_t> ids, Listed listed,
        Arena& arena)
      : codes_(arena.take<std::int8_t>(4 * quads_of(width))),
        listed_(ids),
        offered_(listed == Listed::Alone),
        most_(std::max(kMinCandidates, 8 * k)),
        ids_(arena.take<std::int32_t>(most_ + 1)),
        uppers_(arena.take<float>(most_ + 1)),
        lowest_(arena.take<float>(k)) {
    std::fill(codes_.begin(), codes_.end(), std::int8_t{0});
    const cpu::ByteRow row = cpu::to_bytes(width, hidden, kQueryLimit, codes_.data());
    given_up_ = row.scale == 0;
    if (given_up_) return;
    constexpr double u = 0x1p-24, kEnlarge = 1 + 0x1p-20;
    const double d = static_cast<double>(width), scale = row.scale, norm = double{row.norm} + row.error;
    const double g = 2 * d * u / (1 - 2 * d * u);
    bytes_ = {codes_.data(), -128 * row.sum,
              rounded_up(kEnlarge * ((row.error + g * norm) / scale + 8 * u * row.norm / scale)),
              rounded_up(kEnlarge * (1 + g) * norm / scale), rounded_up(kEnlarge * d * 0x1p-148 / scale + 0x1p-120)};
  }

  bool given_up() const { return given_up_; }
  const cpu::ByteQuery& bytes() const { return bytes_; }

  /// Rows [begin, end) of a block of panels, which begins with the table's row `id`, have these upper bounds.
  void offer(const float* bounds, std::int64_t begin, std::int64_t end, std::int64_t id, const std::uint8_t* panels,
             std::int64_t quads) {
    for (std::int64_t i = cpu::row_find_greater<float>(begin, end, bounds, below_bar_); i < end && !given_up_;
         i = cpu::row_find_greater<float>(i + 1, end, bounds, below_bar_)) {
      if (listed_.contains(id + i) == offered_)
        add(id + i, bounds[i], panels + i / kPanelRows * cpu::panel_bytes(quads), quads);
    }
  }

  /// What the same row found in a later part of the table.
  void join(const Query& later) {
    given_up_ = given_up_ || later.given_up_;
    for (const float lower : later.lowest_.first(later.lowers_)) raise_bar(lower);
    for (std::size_t i = 0; i < later.candidates_ && !given_up_; ++i)
      if (later.uppers_[i] > below_bar_) keep(later.ids_[i], later.uppers_[i]);
  }

  /// Those that may be among the best, ascending.
  std::span<const std::int32_t> candidates() {
    prune();
    return ids_.first(candidates_);
  }

 private:
  void add(std::int64_t id, float upper, const std::uint8_t* panel, std::int64_t quads) {
    keep(static_cast<std::int32_t>(id), upper);
    const std::int64_t row = id % kPanelRows;
    const float width =
        bytes_.of_norm * of_row(panel, quads, 1, row) + bytes_.of_error * of_row(panel, quads, 2, row) + bytes_.rest;
    if (std::isfinite(width)) raise_bar(upper - 2.0001f * width);
  }

  void keep(std::int32_t id, float upper) {
    ids_[candidates_] = id;
    uppers_[candidates_++] = upper;
    if (candidates_ < ids_.size()) return;
    prune();
    given_up_ = static_cast<std::int64_t>(candidates_) > most_ / 2;
  }

  void raise_bar(float lower) {
    if (lowers_ == lowest_.size()) {
      if (lower <= lowest_.front()) return;
      std::pop_heap(lowest_.begin(), lowest_.end(), std::greater<>());
      lowest_.back() = lower;
    } else {
      lowest_[lowers_++] = lower;
    }
    std::push_heap(lowest_.begin(), lowest_.begin() + static_cast<std::ptrdiff_t>(lowers_), std::greater<>());
    if (lowers_ == lowest_.size())
      below_bar_ = std::nextafter(lowest_.front(), -std::numeric_limits<float>::infinity());
  }

  void prune() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < candidates_; ++i) {
      if (!(uppers_[i] > below_bar_)) continue;
      ids_[kept] = ids_[i];
      uppers_[kept++] = uppers_[i];
    }
    candidates_ = kept;
  }

  std::span<std::int8_t> codes_;
  cpu::ByteQuery bytes_{};
  cpu::Excluded listed_;
  bool offered_;  // those that are listed, or else the others
  std::int64_t most_;
  bool given_up_;  // too many candidates: the bytes tell little
  std::span<std::int32_t> ids_;
  std::span<float> uppers_;  // theirs
  std::size_t candidates_ = 0;
  std::span<float> lowest_;  // the greatest lower bounds, a heap with the least in front
  std::size_t lowers_ = 0;
  float below_bar_ = -std::numeric_limits<float>::infinity();
};

/// Offers the rows [first, last) of the table to all queries, reading the panels once.
void find_candidates(const std::uint8_t* panels, std::int64_t quads, std::int64_t first, std::int64_t last,
                     std::span<Query> queries) {
  alignas(64) float bounds[kQueriesAtOnce * kBoundRows];
  const bool at_once = cpu::has_byte_products();
  for (std::int64_t block = first / kBoundRows * kBoundRows; block < last; block += kBoundRows) {
    const std::int64_t from = std::max<std::int64_t>(0, first - block), to = std::min(kBoundRows, last - block);
    const std::uint8_t* data = panels + block / kPanelRows * cpu::panel_bytes(quads);
    for (std::size_t q = 0; q < queries.size();) {
      cpu::ByteQuery bytes[kQueriesAtOnce];
      Query* of[kQueriesAtOnce];
      std::int64_t n = 0;
      for (; q < queries.size() && n < kQueriesAtOnce; ++q) {
        if (queries[q].given_up()) continue;
        bytes[n] = queries[q].bytes();
        of[n++] = &queries[q];
      }
      if (n == 0) continue;
      cpu::upper_bounds((to + kPanelRows - 1) / kPanelRows, quads, data, n, bytes, bounds, kBoundRows, at_once);
      for (std::int64_t i = 0; i < n; ++i) of[i]->offer(bounds + i * kBoundRows, from, to, block, data, quads);
    }
  }
}

/// The best of the candidates, by the product that score_topk makes: the same bits.
void write_best(const float* hidden, const float* table, std::int64_t width, std::span<const std::int32_t> candidates,
                Arena& arena, std::span<float> values, std::int32_t* ids) {
  const std::int64_t n = std::ssize(candidates), panel = cpu::panel_width<float>();
  const std::span<float> rows = arena.take<float>(n * width), scores = arena.take<float>(n);
  alone::gather_rows(candidates, table, width, rows.data());
  const std::span<float> packed = arena.take<float>((n + panel - 1) / panel * panel * width);
  cpu::fill_panels<float>(width, 0, n, {rows.data(), 1, width}, packed.data());
  cpu::multiply_panels<float>(1, n, width, 1.0f, {hidden, width, 1}, packed.data(), false, scores.data(), n);
  cpu::Best<float> best(arena.take<cpu::Best<float>::Entry>(std::ssize(values)));
  for (std::size_t i = 0; i < candidates.size(); ++i) best.offer(scores[i], candidates[i]);
  best.write(values.data(), ids);
}

void write_one(Query& query, const float* hidden, const Tensor& table, std::int64_t first,
               std::span<const std::int32_t> excluded, Arena& arena, std::span<float> values, std::int32_t* ids) {
  const Arena::Scope scope(arena);
  if (query.given_up())
    alone::score_topk(hidden, table, first, {&excluded, 1}, arena, values, ids);
  else
    write_best(hidden, table.data<float>(), table.size(1), query.candidates(), arena, values, ids);
}

/// The best of some rows, which share a reading of the bytes; so many shares of the table are read at the same time,
/// in libseqrec one.
void write_some(const float* hidden, const Tensor& table, const std::uint8_t* panels, std::int64_t first,
                alone::IdLists excluded, std::int64_t shares, Arena& arena, std::span<float> values,
                std::int32_t* ids) {
  const Arena::Scope scope(arena);
  const std::int64_t parts = kTraining ? shares : 1;
  const std::int64_t classes = table.size(0), width = table.size(1);
  const std::size_t rows = excluded.size(), k = values.size() / rows;
  const std::span<Query> queries = arena.take<Query>(parts * std::ssize(excluded));
  const auto vector = [&](std::size_t row) { return hidden + static_cast<std::int64_t>(row) * width; };
  for (std::size_t i = 0, row = 0; i < queries.size(); ++i, row = row + 1 == rows ? 0 : row + 1)
    std::construct_at(&queries[i], vector(row), width, static_cast<std::int64_t>(k), excluded[row],
                      Query::Listed::Excluded, arena);
  if (parts == 1) {
    find_candidates(panels, quads_of(width), first, classes, queries);
  } else {
    // A row of the table that is below k others of its part is below k others.
    const std::int64_t blocks = (classes - first / kBoundRows * kBoundRows + kBoundRows - 1) / kBoundRows;
    const auto bound = [&](std::int64_t part) {
      return std::clamp((first / kBoundRows + part * blocks / parts) * kBoundRows, first, classes);
    };
    parallel_for(parts, 1, [&](std::int64_t part, std::int64_t) {
      find_candidates(panels, quads_of(width), bound(part), bound(part + 1),
                      queries.subspan(static_cast<std::size_t>(part) * rows, rows));
    });
    for (std::size_t i = rows; i < queries.size(); ++i) queries[i % rows].join(queries[i]);
  }
  for (std::size_t i = 0; i < rows; ++i)
    write_one(queries[i], vector(i), table, first, excluded[i], arena, values.subspan(i * k, k), ids + i * k);
}

}  // namespace

bool ByteTable::takes(const Tensor& table) {
  return table.defined() && table.rank() == 2 && table.dtype() == DType::F32 && table.device() == kCpu &&
         table.is_contiguous() && table.size(1) >= 1 && table.size(1) <= kMaxWidth;
}

[[gnu::cold]] ByteTable::ByteTable(const Tensor& table) : table_(table) {
  require<ShapeError>(takes(table), "[byte_table] expected a contiguous f32 table on the CPU with rows of 1 to ",
                      kMaxWidth, " elements");
  const std::int64_t classes = table.size(0), width = table.size(1), bytes = cpu::panel_bytes(quads_of(width));
  const std::int64_t count = (classes + kPanelRows - 1) / kPanelRows;
  panels_ = Tensor({count * bytes}, DType::U8);
  cpu::for_ranges(count, cpu::row_grain(kPanelRows * width), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p)
      write_panel(table.data<float>() + p * kPanelRows * width, std::min(kPanelRows, classes - p * kPanelRows), width,
                  panels_.data<std::uint8_t>() + p * bytes);
  });
}

namespace {

/// Whether the bytes tell enough to be worth their reading.
bool is_worth_it(std::int64_t rows, std::int64_t classes, std::int64_t k) {
  return classes >= (rows < kManyRows ? kMinClasses : kMinClassesOfMany) && k <= classes / 8;
}

}  // namespace

void ByteTable::score_topk(const Tensor& hidden, std::int64_t first, const Ragged& excluded, std::int64_t k,
                           Tensor& values, Tensor& ids) const {
  require<UsageError>(defined(), "[byte_table] there is no table");
  check::score_topk(hidden, table_, first, excluded, k, values, ids);
  const std::int64_t rows = hidden.size(0), classes = table_.size(0), width = table_.size(1);
  if (!is_worth_it(rows, classes - first, k) || product_precision() != ProductPrecision::F32)
    return kernels::score_topk(hidden, table_, first, excluded, k, values, ids);

  // Few rows of a large table: threads share the table and not the rows.
  const std::int64_t parts =
      rows > kQueryGrain ? 1
                         : std::clamp<std::int64_t>(num_threads(), 1,
                                                    std::max<std::int64_t>(1, (classes - first) / kMinClassesOfPart));
  const Tensor vectors = contiguous(hidden);
  cpu::for_ranges(rows, kQueryGrain, [&](std::int64_t begin, std::int64_t end) {
    Arena arena;
    const std::span<std::span<const std::int32_t>> lists = arena.take<std::span<const std::int32_t>>(end - begin);
    for (std::int64_t i = begin; i < end; ++i)
      lists[static_cast<std::size_t>(i - begin)] = excluded.empty() ? std::span<const std::int32_t>() : excluded[i];
    write_some(vectors.data<float>() + begin * width, table_, panels_.data<std::uint8_t>(), first, lists, parts, arena,
               values.span<float>().subspan(begin * k, (end - begin) * k), ids.span<std::int32_t>().data() + begin * k);
  });
}

void ByteTable::score_topk_alone(const float* hidden, std::int64_t first, alone::IdLists excluded, Arena& arena,
                                 std::span<float> values, std::int32_t* ids) const {
  const std::size_t rows = excluded.size(), k = values.size() / rows;
  if (!is_worth_it(std::ssize(excluded), table_.size(0) - first, static_cast<std::int64_t>(k)))
    return alone::score_topk(hidden, table_, first, excluded, arena, values, ids);
  for (std::size_t begin = 0, some; begin < rows; begin += some) {
    some = std::min<std::size_t>(kQueryGrain, rows - begin);
    write_some(hidden + static_cast<std::int64_t>(begin) * table_.size(1), table_, panels_.data<std::uint8_t>(), first,
               excluded.subspan(begin, some), 1, arena, values.subspan(begin * k, some * k), ids + begin * k);
  }
}

bool ByteTable::can_narrow(std::span<const std::int32_t> ids, std::int64_t k) {
  const std::int64_t n = std::ssize(ids);
  return n >= kMinListed && 2 * n > ids.back() - ids.front() && k <= n / 8;
}

std::size_t ByteTable::narrow_alone(const float* hidden, std::int64_t k, std::span<std::int32_t> ids,
                                    Arena& arena) const {
  const Arena::Scope scope(arena);
  const std::int64_t width = table_.size(1);
  Query query(hidden, width, k, ids, Query::Listed::Alone, arena);
  find_candidates(panels_.data<std::uint8_t>(), quads_of(width), ids.front(), ids.back() + 1, {&query, 1});
  if (query.given_up()) return ids.size();
  const std::span<const std::int32_t> found = query.candidates();
  std::copy(found.begin(), found.end(), ids.begin());
  return found.size();
}

}  // namespace seqrec::kernels
