#pragma once

#include <set>

#include "nn/scope.h"

namespace seqrec::nn {

/// A place in the tree, shared by its scopes and modules. Only nn/scope.cpp and nn/module.cpp look inside.
struct Scope::Node {
  /// What all places of a tree share.
  struct Tree {
    DType dtype;
    Device device;
    std::uint64_t seed;
    Root::Check check = nullptr;  // of a blank tree
    std::set<std::string, std::less<>> names = {};
  };

  std::shared_ptr<Tree> tree;
  std::string name;
  Parameters parameters = {};  // by full name, in order of creation, as all here
  NamedTensors buffers = {};
  std::vector<std::shared_ptr<Node>> parts = {};
  bool training = true;
  // The step that runs, and how often this place drew random numbers in it.
  std::uint64_t seed, step = 0, draws = 0;

  /// A tensor of that full name: drawn, or open in a blank tree.
  Tensor make(const std::string& full, const Shape& shape, const Initial& initial);
  /// UsageError if the name is taken.
  void take(const std::string& full);

  /// Calls f for this node and all below it, depth first.
  template <class F>
  void visit(F&& f) {
    f(*this);
    for (const auto& part : parts) part->visit(f);
  }
};

}  // namespace seqrec::nn
