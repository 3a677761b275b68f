#pragma once

#include <atomic>

#include "autograd/variable.h"

namespace seqrec::autograd {

/// One operation on the tape.
struct Node {
  Node(const char* op, std::span<const Variable> inputs, BackwardFunction backward);
  /// Iterative: a chain of any length is taken down without recursion.
  ~Node();

  const char* op;
  std::uint64_t order;  // ascending in order of creation: a node's inputs are always older
  std::vector<Variable> inputs;
  BackwardFunction backward;         // empty once used
  Gradient grad;                     // of the output, while backward() runs
  std::shared_ptr<Node> next_to_go;  // in the list of those that ~Node takes down
};

struct Variable::State {
  Tensor value;
  bool requires_grad = false;
  Gradient grad;                                   // leaves
  std::shared_ptr<PendingRows> pending = nullptr;  // leaves, while rows of the value wait
  std::shared_ptr<Node> node;                      // what made it; empty for leaves and constants
};

}  // namespace seqrec::autograd
