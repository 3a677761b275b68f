#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "autograd/variable.h"
#include "nn/initial.h"

namespace seqrec::nn {

using autograd::Variable;

/// Tensors by name.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;
/// Parameters by name.
using Parameters = std::vector<std::pair<std::string, Variable>>;

/// Where in the tree of a model's parts a module stands. A module makes its parameters here, which names them, places
/// them on the tree's device and fills them, all at once; what a module is made of stands in `at / "name"`:
///
///     Net::Net(nn::Scope at) : Module(at), hidden(at / "hidden", 1, 32), out(at / "out", 32, 1) {}
///
/// Names are joined with dots ("hidden.weight"). A parameter's random numbers are addressed by the tree's seed and its
/// full name: neither the order of creation nor other parameters change them. A handle, cheap to copy; a tree lives as
/// long as one of its scopes or modules.
class Scope {
 public:
  /// The scope of a part: a new one, or the one that has this name already. A dotted name is just a name. UsageError
  /// for an empty one.
  Scope operator/(std::string_view part) const;
  /// "" at the root.
  const std::string& name() const;
  DType dtype() const;
  Device device() const;

  /// A fresh parameter, trained. UsageError for a full name that is taken; ShapeError of `initial`, with the name.
  Variable parameter(std::string_view name, Shape shape, const Initial& initial) const;
  /// State that is saved but not trained, f32 or f64 as the parameters are.
  Tensor buffer(std::string_view name, Shape shape, const Initial& initial) const;
  /// The same of any dtype, as it is.
  Tensor buffer(std::string_view name, Tensor value) const;

 protected:
  friend class Module;
  struct Node;
  explicit Scope(std::shared_ptr<Node> node) : node_(std::move(node)) {}

  std::shared_ptr<Node> node_;
};

/// The root of a tree: what all its parameters have in common. They are drawn on the host: the same numbers for every
/// device.
class Root : public Scope {
 public:
  explicit Root(std::uint64_t seed, DType dtype = DType::F32, Device device = kCpu);
  /// Sees a parameter's full name and shape before it is made, and throws if it must not be.
  using Check = std::function<void(const std::string& name, const Shape& shape)>;
  /// Leaves the values open, for a model that a file is about to fill: where `check` holds each parameter against the
  /// file, hostile sizes take neither time nor memory. What it refers to must live until the modules are made.
  static Root blank(DType dtype, Device device, Check check);
};

}  // namespace seqrec::nn
