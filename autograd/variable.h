#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "autograd/gradient.h"
#include "core/tensor.h"
#include "kernels/build.h"

namespace seqrec::autograd {

struct Node;
class PendingRows;

/// A tensor that takes part in differentiation: a handle, cheap to copy; copies are the same variable. The tape is made
/// as operations run (define by run) and lives as long as the variables that need it.
class Variable {
 public:
  Variable() = default;
  /// A constant, or a leaf that collects a gradient.
  explicit Variable(Tensor value, bool requires_grad = false);

  bool defined() const { return state_ != nullptr; }
  const Tensor& value() const;
  /// The value, for who reads the rows that `ids` names and no others: those may wait for steps of an optimiser
  /// (autograd/pending_rows.h), which value() makes up for.
  const Tensor& rows(const Index& ids) const;
  const Shape& shape() const { return stored().shape(); }
  DType dtype() const { return stored().dtype(); }
  Device device() const { return stored().device(); }
  bool requires_grad() const;
  bool is_leaf() const;

  /// The gradient collected by backward(); undefined before. Only leaves keep theirs.
  const Gradient& grad() const;
  void clear_grad();
  /// Hands the gradient over: what backward() collects from now on is another one.
  Gradient take_grad();
  /// Another gradient in its place. ShapeError unless it is undefined or has a leaf's shape, dtype and device.
  void set_grad(Gradient grad);
  /// The gradient's values become what `f` makes of them (clipping): of a row-sparse one, those of its rows. f must not
  /// write into what it gets, and f(0) must be 0.
  void map_grad(const std::function<Tensor(const Tensor& values)>& f);
  /// Another tensor in a leaf's place (loading, optimiser steps happen in place in value() instead). Same shape and
  /// dtype.
  void set_value(const Tensor& value);
  /// Rows of a leaf's value wait from now on; `pending` makes up for what they miss when they are read. What waited for
  /// another one is made up for first. In one thread: until value() was called, no other may read the variable.
  void wait(std::shared_ptr<PendingRows> pending);
  /// The same value, cut off from the tape.
  Variable detach() const { return Variable(value()); }

  struct State;
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  friend struct Node;
  const Tensor& stored() const;
  std::shared_ptr<State> state_;
};

/// Writes the value, as a tensor is written.
std::ostream& operator<<(std::ostream& out, const Variable& variable);
std::string to_string(const Variable& variable);

/// What an operation's backward gets and gives: the gradient of its output, and for every input a place to put that
/// input's gradient.
class Backward {
 public:
  Backward(Node& node, const Gradient& grad) : node_(node), grad_(grad) {}

  /// The gradient of the output, dense.
  const Tensor& grad() const { return grad_.dense(); }
  /// Whether input `i` needs a gradient: skip the work if not. UsageError if there is no such input.
  bool needs(std::size_t i) const;
  /// Gives (adds) the gradient of input i. The tensor must not be written to afterwards. ShapeError, naming the
  /// operation, unless it has the input's shape, dtype and device.
  void give(std::size_t i, Tensor grad);
  void give(std::size_t i, RowSparse grad);
  /// The same of what a kernel can add to the gradient as it makes it: `write` gets a contiguous tensor.
  void give(std::size_t i, const GradientWriter& write);

 private:
  Node& node_;
  const Gradient& grad_;
};

using BackwardFunction = std::function<void(Backward&)>;

/// While alive, nothing that this thread computes is recorded.
class NoGrad {
 public:
  NoGrad();
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;

 private:
  bool previous_;
};

/// While alive, every recorded operation of this thread checks its output, and every backward its gradients, for NaN
/// and infinity: NumericError naming the first operation that made one, `[log] made a NaN or an infinity, shape (2,
/// 3)`.
class AnomalyMode {
 public:
  AnomalyMode();
  ~AnomalyMode();
  AnomalyMode(const AnomalyMode&) = delete;
  AnomalyMode& operator=(const AnomalyMode&) = delete;

 private:
  bool previous_;
};

/// Whether operations are recorded in this thread.
bool recording();

/// Adds the gradients of the scalar `loss` to the leaves that it depends on. What operations saved is freed as soon as
/// it is used, so a graph can be walked once: Error at the second time. Iterative: any depth.
void backward(const Variable& loss);
/// The same from any output with a given gradient of its shape.
void backward(const Variable& output, const Tensor& grad);

namespace detail {
Variable record_node(const char* op, std::span<const Variable> inputs, Tensor output, BackwardFunction backward);
bool any_requires_grad(std::span<const Variable> inputs);
void check_finite(const char* op, const Tensor& tensor);
bool anomaly_mode();
}  // namespace detail

/// The end of every differentiable operation: wraps its output and, where a gradient may be asked for, hangs `backward`
/// on the tape. `op` is a text that outlives the tape (a literal). In libseqrec (kernels/build.h) it only wraps:
/// backward code is compiled away.
template <class F>
Variable record(const char* op, std::span<const Variable> inputs, Tensor output, F&& backward) {
  if constexpr (kTraining) {
    if (detail::anomaly_mode()) detail::check_finite(op, output);
    if (recording() && detail::any_requires_grad(inputs)) {
      return detail::record_node(op, inputs, std::move(output), std::forward<F>(backward));
    }
  }
  return Variable(std::move(output));
}
template <class F>
Variable record(const char* op, std::initializer_list<Variable> inputs, Tensor output, F&& backward) {
  return record(op, std::span<const Variable>(inputs.begin(), inputs.size()), std::move(output),
                std::forward<F>(backward));
}

}  // namespace seqrec::autograd
