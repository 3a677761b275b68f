#pragma once

#include "core/ragged.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// Best first; of equal scores the lower id first; NaN counts as the lowest. k places per row: where fewer are left, id
/// -1 and score -infinity.

/// The k best columns of each row: scores [rows, columns] (contiguous), values [rows, k], ids i32 [rows, k].
SEQREC_KERNEL(topk, const Tensor& scores, std::int64_t k, Tensor& values, Tensor& ids)

/// The k best of scores = hidden table^T without keeping the scores: hidden [rows, width], table [classes, width].
/// Classes below `first` (padding) are left out, and so are, unless `excluded` is empty, the classes excluded[i] of row
/// i.
SEQREC_KERNEL(score_topk, const Tensor& hidden, const Tensor& table, std::int64_t first, const Ragged& excluded,
              std::int64_t k, Tensor& values, Tensor& ids)

/// For each row the number of classes in [first, classes) whose score (hidden . table) is greater than that of
/// `targets[i]`, plus those of equal score and lower id: the target's rank, 0 the best. Excluded classes as above don't
/// count, the target itself never. ranks i32 [rows]; the scores are not kept.
SEQREC_KERNEL(score_rank, const Tensor& hidden, const Tensor& table, std::int64_t first, const Index& targets,
              const Ragged& excluded, Tensor& ranks)

}  // namespace seqrec::kernels
