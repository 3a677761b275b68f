#pragma once

#include "autograd/variable.h"
#include "core/windows.h"

namespace seqrec::autograd {

/// Softmax cross-entropy of each row: logits [rows, classes], targets [rows]; [rows].
Variable cross_entropy(const Variable& logits, const Index& targets);

/// The mean over the rows of the softmax cross-entropy of hidden table^T, a scalar: hidden [rows, width],
/// table [classes, width]; targets [rows] name rows of the table. The logits are never kept
/// (kernels::catalogue_cross_entropy); the plain composite mean(cross_entropy(matmul(hidden, table^T))) is its tested
/// reference. The table's rows before `first_class` (padding) are no classes, nor is for each row the one that
/// `excluded` names, if it is not empty: a row of the table other than its target, or the number of rows. At least one
/// row.
Variable catalogue_cross_entropy(const Variable& hidden, const Variable& table, const Index& targets,
                                 std::int64_t first_class = 0, const Index& excluded = {});

/// The sum over rows and classes of the binary cross-entropy with logits hidden table^T, a scalar; row i's targets are
/// 1 for the classes that window i over `classes` names, each once, and 0 for all others. No [rows, classes] tensor is
/// made (kernels::catalogue_binary_cross_entropy).
Variable catalogue_binary_cross_entropy(const Variable& hidden, const Variable& table, const Index& classes,
                                        const Windows& windows);

/// Binary cross-entropy with logits, element by element; targets in [0, 1] of the same shape, constants.
Variable binary_cross_entropy(const Variable& logits, const Tensor& targets);

}  // namespace seqrec::autograd
