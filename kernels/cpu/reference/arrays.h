#pragma once

// Under a name of its own, for the linker: a program may well have another Eigen, for other instructions.
#define Eigen eigen_of_reference
#include <Eigen/Core>
#undef Eigen

#include <initializer_list>

#include "core/tensor.h"
#include "core/windows.h"
#include "kernels/cpu/reference/functions.h"

/// The reference is written in Eigen's expressions: tensors are read whole, as arrays of double, and results are
/// written whole. What Eigen computes less exactly than the standard library (exp, log, tanh, ...) is taken from
/// functions.h by `unaryExpr`, never from Eigen.
namespace seqrec::kernels::reference {

namespace Eigen = ::eigen_of_reference;

using Array = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Row = Eigen::Array<double, 1, Eigen::Dynamic>;
using Column = Eigen::Array<double, Eigen::Dynamic, 1>;
using Places = Eigen::Array<std::int64_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The elements of a tensor of any dtype and strides: [product of the other sizes, last size].
Array matrix(const Tensor& tensor);
/// The same as [first size, product of the other sizes].
Array rows(const Tensor& tensor);
/// All elements in row-major order, side by side or below each other.
Row row(const Tensor& tensor);
Column column(const Tensor& tensor);

/// As matrix, of a tensor of integers.
Places places(const Tensor& tensor);

/// Writes all elements, in row-major order, each rounded to the dtype of `out`.
void write(const Tensor& out, const Array& values);
/// x as a tensor of that floating dtype would hold it.
double rounded(double x, DType dtype);

/// The matrix product.
Array product(const Array& a, const Array& b);
/// The sum of each row, in long double: a judge of sums in double has to be more exact than they are.
Column row_sums(const Array& x);
/// exp(x) over its row's sum.
Array softmax_rows(const Array& x);

/// Arrays of as many rows, side by side.
Array beside(std::initializer_list<Array> parts);
/// The rows that `ids` name, in that order.
Array gather(const Array& table, const Index& ids);
/// Row i of `rows` is added to the row ids[i] of a table of zeros, [size, columns].
Array scatter(std::int64_t size, const Index& ids, const Array& rows);
/// How many values each window has, 1 where it has none: what sums are divided by.
Column lengths(const Windows& windows);

}  // namespace seqrec::kernels::reference
