#pragma once

/// Names of elementwise functions and cells; alone in their file because code that is compiled once per instruction set
/// needs them.
namespace seqrec::kernels {

/// y = f(x). Gelu is the exact one (erf); Swish is x sigmoid(x); LogSigmoid is stable for large |x|.
enum class Unary { Neg, Exp, Log, Sqrt, Square, Relu, Sigmoid, Tanh, Gelu, Swish, LogSigmoid };
inline constexpr int kUnaryCount = 11;

enum class Binary { Add, Sub, Mul, Div };
inline constexpr int kBinaryCount = 4;

/// Recurrent cells: kernels/gru.h.
enum class GruCell { Gru, AiGru, AGru, AuGru, AuGruAuthor };

}  // namespace seqrec::kernels
