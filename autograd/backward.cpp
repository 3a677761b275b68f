#include <algorithm>
#include <functional>
#include <list>
#include <mutex>
#include <unordered_set>

#include "autograd/node.h"
#include "autograd/one.h"
#include "core/error.h"
#include "kernels/copy.h"

namespace seqrec::autograd {

const Tensor& one(DType dtype, Device device) {
  // Never destroyed, as devices are not.
  static std::mutex& mutex = *new std::mutex;
  static auto& ones = *new std::list<Tensor>;
  const std::lock_guard lock(mutex);
  for (const Tensor& one : ones)
    if (one.dtype() == dtype && one.device() == device) return one;
  Tensor& made = ones.emplace_back(Shape{}, dtype, device);
  kernels::fill(1.0, made);
  return made;
}

bool is_one(const Tensor& grad) { return grad.shares_storage(one(grad.dtype(), grad.device())); }

namespace {

std::atomic<std::uint64_t> next_order{0};

/// Every node that `root` depends on, newest first: each comes before all that it was made from.
std::vector<std::shared_ptr<Node>> nodes_newest_first(const std::shared_ptr<Node>& root) {
  std::vector<std::shared_ptr<Node>> found{root};
  std::unordered_set<const Node*> seen{root.get()};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::shared_ptr<Node> node = found[i];
    for (const Variable& input : node->inputs) {
      const auto& next = input.state()->node;
      if (next && seen.insert(next.get()).second) found.push_back(next);
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a->order > b->order; });
  return found;
}

void run(Node& node) {
  const Gradient grad = std::move(node.grad);
  node.grad = {};
  if (!grad.defined()) return;
  require(static_cast<bool>(node.backward), "[", node.op,
          "] backward ran through here before; its saved tensors are freed");
  const BackwardFunction function = std::move(node.backward);
  node.backward = nullptr;
  Backward context(node, grad);
  function(context);
  node.inputs.clear();  // what only this node still needed is freed now
}

}  // namespace

Node::Node(const char* op, std::span<const Variable> inputs, BackwardFunction backward)
    : op(op),
      order(next_order.fetch_add(1, std::memory_order_relaxed)),
      inputs(inputs.begin(), inputs.end()),
      backward(std::move(backward)) {}

Node::~Node() {
  // A node may own the last handle of its inputs, they of theirs, and so on: those that go with it are taken down one
  // by one, from a list that is made of themselves, for memory may be what lacks.
  std::shared_ptr<Node> to_go;
  const auto take_inputs = [&to_go](Node& node) {
    for (Variable& input : node.inputs) {
      const Variable variable = std::move(input);
      if (!variable.defined() || variable.state().use_count() > 1) continue;
      std::shared_ptr<Node>& made_by = variable.state()->node;
      if (!made_by || made_by.use_count() > 1) continue;
      made_by->next_to_go = std::move(to_go);
      to_go = std::move(made_by);
    }
  };
  take_inputs(*this);
  while (to_go) {
    const std::shared_ptr<Node> node = std::move(to_go);
    to_go = std::move(node->next_to_go);
    node->backward = nullptr;  // may hold variables of its own
    take_inputs(*node);
  }
}

namespace {

const Variable& input_of(const Node& node, std::size_t i) {
  require<UsageError>(i < node.inputs.size(), "[", node.op, " backward] asks for input ", i, " of ",
                      node.inputs.size());
  return node.inputs[i];
}

/// Values of a gradient of input i: they must be of its dtype, on its device.
void check_values(const Node& node, std::size_t i, const Tensor& values, const Shape& shape) {
  const Variable& input = input_of(node, i);
  require<ShapeError>(shape == input.shape() && values.dtype() == input.dtype() && values.device() == input.device(),
                      "[", node.op, " backward] gradient of input ", i, " is ", values.dtype(), " ", shape, " on ",
                      values.device(), ", expected ", input.dtype(), " ", input.shape(), " on ", input.device());
}

/// Rows of a table, ascending without repeats.
void check_rows(const Node& node, std::size_t i, const RowSparse& grad) {
  const auto ids = grad.ids.host();
  require<ShapeError>(grad.shape.rank() >= 1 && grad.values.rank() == grad.shape.rank() &&
                          grad.values.numel() * grad.shape[0] == grad.shape.numel() * grad.ids.size() &&
                          grad.values.size(0) == grad.ids.size() && grad.ids.bound() <= grad.shape[0] &&
                          std::ranges::adjacent_find(ids, std::greater_equal()) == ids.end(),
                      "[", node.op, " backward] gradient of input ", i, " has values ", grad.values.shape(), " for ",
                      grad.ids.size(), " rows of ", grad.shape, ", expected one each, ascending without repeats");
}

void check_made(const Node& node, const Tensor& values) {
  if (detail::anomaly_mode()) detail::check_finite((std::string(node.op) + " backward").c_str(), values);
}

/// Where the gradients of input i are collected; null if it needs none.
Gradient* collected_of(const Node& node, std::size_t i) {
  Variable::State& input = *input_of(node, i).state();
  if (!input.requires_grad) return nullptr;
  if (!input.node) return &input.grad;
  Gradient& collected = input.node->grad;
  if (collected.is_sparse()) static_cast<void>(collected.dense());  // as its own backward will have it
  return &collected;
}

}  // namespace

bool Backward::needs(std::size_t i) const { return input_of(node_, i).requires_grad(); }

void Backward::give(std::size_t i, Tensor grad) {
  check_values(node_, i, grad, grad.shape());
  grad = kernels::contiguous(grad);
  check_made(node_, grad);
  if (Gradient* const collected = collected_of(node_, i)) collected->add(std::move(grad));
}

void Backward::give(std::size_t i, RowSparse grad) {
  check_values(node_, i, grad.values, grad.shape);
  check_rows(node_, i, grad);
  check_made(node_, grad.values);
  if (Gradient* const collected = collected_of(node_, i)) collected->add(std::move(grad));
}

void Backward::give(std::size_t i, const GradientWriter& write) {
  Gradient* const collected = collected_of(node_, i);
  if (collected == nullptr) return;
  collected->add(input_of(node_, i).state()->value, [&](kernels::Write how, Tensor& grad) {
    write(how, grad);
    check_made(node_, grad);
  });
}

namespace detail {
Variable record_node(const char* op, std::span<const Variable> inputs, Tensor output, BackwardFunction backward) {
  Variable result(std::move(output));
  result.state()->requires_grad = true;
  result.state()->node = std::make_shared<Node>(op, inputs, std::move(backward));
  return result;
}
}  // namespace detail

void backward(const Variable& output, const Tensor& grad) {
  require(output.requires_grad(), "[backward] the output depends on nothing that requires a gradient");
  require<ShapeError>(grad.shape() == output.shape() && grad.dtype() == output.dtype(),
                      "[backward] expected a gradient ", output.dtype(), " ", output.shape(), ", got ", grad.dtype(),
                      " ", grad.shape());
  const NoGrad no_grad;
  if (output.is_leaf()) {
    output.state()->grad.add(grad);
    return;
  }
  const std::shared_ptr<Node>& root = output.state()->node;
  const auto nodes = nodes_newest_first(root);
  root->grad.add(grad);
  try {
    for (const auto& node : nodes) run(*node);
  } catch (...) {
    for (const auto& node : nodes) node->grad = {};
    throw;
  }
}

void backward(const Variable& loss) {
  require<ShapeError>(loss.value().numel() == 1, "[backward] the loss must be a scalar, got ", loss.shape());
  backward(loss, one(loss.dtype(), loss.device()).reshape(loss.shape()));
}

}  // namespace seqrec::autograd
