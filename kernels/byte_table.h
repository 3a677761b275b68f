#pragma once

#include "core/arena.h"
#include "core/ragged.h"
#include "core/tensor.h"
#include "kernels/alone.h"

namespace seqrec::kernels {

/// A table [classes, width] of f32 on the CPU with a copy of it in bytes, a quarter as large, that tells which rows can
/// be among the best of a product: only those are read in f32. What comes out is what kernels::score_topk gives, with
/// the same bits, whatever is in the table.
///
/// The table must not change while this lives. Several threads may use one.
class ByteTable {
 public:
  /// Rows are no longer than this.
  static constexpr std::int64_t kMaxWidth = 2048;

  /// Whether a table is one that can be kept so.
  static bool takes(const Tensor& table);

  ByteTable() = default;
  /// ShapeError unless the table has two dimensions, rows of at most kMaxWidth elements one after the other, f32; on
  /// the CPU. In a time like that of reading the table.
  explicit ByteTable(const Tensor& table);

  bool defined() const { return table_.defined(); }
  /// Of the copy.
  std::int64_t bytes() const { return panels_.numel(); }

  /// kernels::score_topk of this table (kernels/topk.h): the k best of hidden table^T, hidden [rows, width].
  void score_topk(const Tensor& hidden, std::int64_t first, const Ragged& excluded, std::int64_t k, Tensor& values,
                  Tensor& ids) const;
  /// The same in the calling thread and the caller's memory alone (alone::score_topk).
  void score_topk_alone(const float* hidden, std::int64_t first, alone::IdLists excluded, Arena& arena,
                        std::span<float> values, std::int32_t* ids) const;
  /// Whether the next one takes less time than to score the rows `ids`: of a long list that leaves few rows out.
  static bool can_narrow(std::span<const std::int32_t> ids, std::int64_t k);
  /// Which of the rows `ids`, which ascend, can be among the k >= 1 best of them, by the scores of any f32 product
  /// (alone::gather_dot): moves these to the front, ascending, and says how many. Scores that are not finite stay among
  /// them, and all stay where the bytes tell too little. In the calling thread and the caller's memory alone.
  std::size_t narrow_alone(const float* hidden, std::int64_t k, std::span<std::int32_t> ids, Arena& arena) const;

 private:
  Tensor table_;
  Tensor panels_;  // u8; the layout is that of kernels/cpu/simd/byte_panels.h
};

}  // namespace seqrec::kernels
