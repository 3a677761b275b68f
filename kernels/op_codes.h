#pragma once

/// Names of elementwise functions and cells; alone in their file because code that is compiled once per instruction set
/// needs them.
namespace seqrec::kernels {

#define SEQREC_CODE(code, name) code,
#define SEQREC_ONE_CODE(code, name) +1

/// y = f(x), by code and name. Gelu is the exact one (erf); Swish is x sigmoid(x); LogSigmoid is stable for large |x|.
/// Of a kink the derivative is 0: Relu'(0), Abs'(0).
#define SEQREC_UNARY(X) \
  X(Neg, neg)           \
  X(Exp, exp)           \
  X(Log, log)           \
  X(Sqrt, sqrt)         \
  X(Square, square)     \
  X(Abs, abs)           \
  X(Relu, relu)         \
  X(Sigmoid, sigmoid)   \
  X(Tanh, tanh)         \
  X(Gelu, gelu)         \
  X(Swish, swish)       \
  X(LogSigmoid, log_sigmoid)
enum class Unary { SEQREC_UNARY(SEQREC_CODE) };
inline constexpr int kUnaryCount = 0 SEQREC_UNARY(SEQREC_ONE_CODE);

/// y = f(a, b). Max and Min are NaN where an operand is; comparisons are 1 where they hold and 0 elsewhere, and a NaN
/// is unequal to everything; Pow is std::pow.
#define SEQREC_BINARY(X)         \
  X(Add, add)                    \
  X(Sub, sub)                    \
  X(Mul, mul)                    \
  X(Div, div)                    \
  X(Pow, pow)                    \
  X(Max, maximum)                \
  X(Min, minimum)                \
  X(Greater, greater)            \
  X(GreaterEqual, greater_equal) \
  X(Less, less)                  \
  X(LessEqual, less_equal)       \
  X(Equal, equal)                \
  X(NotEqual, not_equal)
enum class Binary { SEQREC_BINARY(SEQREC_CODE) };
inline constexpr int kBinaryCount = 0 SEQREC_BINARY(SEQREC_ONE_CODE);

#undef SEQREC_CODE
#undef SEQREC_ONE_CODE

/// Recurrent cells: kernels/gru.h.
enum class GruCell { Gru, AiGru, AGru, AuGru, AuGruAuthor };

}  // namespace seqrec::kernels
