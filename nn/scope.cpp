#include "nn/scope.h"

#include <algorithm>

#include "core/error.h"
#include "kernels/copy.h"
#include "nn/scope_node.h"

namespace seqrec::nn {
namespace {

std::string join(const std::string& scope, std::string_view name) {
  return concat(scope, scope.empty() ? "" : ".", name);
}

}  // namespace

Scope Scope::operator/(std::string_view part) const {
  require<UsageError>(!part.empty(), "[scope] a part of '", node_->name, "' needs a name");
  const std::string name = join(node_->name, part);
  const auto found = std::ranges::find(node_->parts, name, &Node::name);
  if (found != node_->parts.end()) return Scope(*found);
  return Scope(node_->parts.emplace_back(std::make_shared<Node>(
      Node{.tree = node_->tree, .name = name, .training = node_->training, .seed = node_->seed, .step = node_->step})));
}

const std::string& Scope::name() const { return node_->name; }
DType Scope::dtype() const { return node_->tree->dtype; }
Device Scope::device() const { return node_->tree->device; }

void Scope::Node::take(const std::string& full) {
  require<UsageError>(tree->names.insert(full).second, "[scope] two parameters are named ", full);
}

Tensor Scope::Node::make(const std::string& full, const Shape& shape, const Initial& initial) {
  take(full);
  if (tree->check) tree->check(full, shape);
  if (!kTraining || tree->check) return Tensor(shape, tree->dtype, tree->device);
  Tensor values(shape, tree->dtype);
  Random random(random_stream(named_seed(tree->seed, full), Purpose::Initialise));
  try {
    initial(values, random);
  } catch (const ShapeError& error) {
    throw ShapeError(concat("parameter ", full, ": ", error.what()));
  }
  return kernels::to_device(values, tree->device);
}

Variable Scope::parameter(std::string_view name, Shape shape, const Initial& initial) const {
  const std::string full = join(node_->name, name);
  return node_->parameters.emplace_back(full, Variable(node_->make(full, shape, initial), true)).second;
}

Tensor Scope::buffer(std::string_view name, Shape shape, const Initial& initial) const {
  const std::string full = join(node_->name, name);
  return node_->buffers.emplace_back(full, node_->make(full, shape, initial)).second;
}

Tensor Scope::buffer(std::string_view name, Tensor value) const {
  const std::string full = join(node_->name, name);
  node_->take(full);
  return node_->buffers.emplace_back(full, std::move(value)).second;
}

Root::Root(std::uint64_t seed, DType dtype, Device device)
    : Scope(std::make_shared<Node>(
          Node{.tree = std::make_shared<Node::Tree>(Node::Tree{.dtype = dtype, .device = device, .seed = seed}),
               .name = "",
               .seed = seed})) {
  require<ShapeError>(is_float(dtype), "[scope] parameters are f32 or f64, not ", dtype);
}

Root Root::blank(DType dtype, Device device, Check check) {
  Root root(0, dtype, device);
  root.node_->tree->check = std::move(check);
  return root;
}

}  // namespace seqrec::nn
