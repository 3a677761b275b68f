#include "autograd/variable.h"

#include <ostream>
#include <utility>

#include "autograd/node.h"
#include "autograd/pending_rows.h"
#include "core/error.h"
#include "kernels/reduce.h"

namespace seqrec::autograd {
namespace {
thread_local bool recording_enabled = true;
thread_local bool anomaly_enabled = false;
}  // namespace

Variable::Variable(Tensor value, bool requires_grad) : state_(std::make_shared<State>()) {
  require<ShapeError>(value.defined(), "[variable] expected a defined tensor");
  require<ShapeError>(!requires_grad || is_float(value.dtype()), "[variable] a gradient needs f32 or f64, got ",
                      value.dtype());
  state_->value = std::move(value);
  state_->requires_grad = requires_grad;
}

const Tensor& Variable::stored() const {
  require(defined(), "[variable] is undefined");
  return state_->value;
}

const Tensor& Variable::value() const {
  const Tensor& value = stored();
  if constexpr (kTraining)
    if (state_->pending) {
      state_->pending->make_up(value);
      state_->pending = nullptr;
    }
  return value;
}

const Tensor& Variable::rows(const Index& ids) const {
  const Tensor& value = stored();
  if constexpr (kTraining)
    if (state_->pending) state_->pending->make_up(value, ids);
  return value;
}

void Variable::wait(std::shared_ptr<PendingRows> pending) {
  require(is_leaf(), "[variable] only a leaf's rows can wait");
  if (state_->pending != pending) static_cast<void>(value());
  state_->pending = std::move(pending);
}

bool Variable::requires_grad() const { return defined() && state_->requires_grad; }
bool Variable::is_leaf() const { return defined() && !state_->node; }

const Gradient& Variable::grad() const {
  require(defined(), "[variable] is undefined");
  return state_->grad;
}

void Variable::clear_grad() {
  if (defined()) state_->grad = {};
}

Gradient Variable::take_grad() {
  require(defined(), "[variable] is undefined");
  return std::exchange(state_->grad, {});
}

void Variable::set_grad(Gradient grad) {
  require(is_leaf(), "[variable] only a leaf keeps a gradient");
  if (grad.defined()) {
    const Tensor& values = grad.is_sparse() ? grad.sparse().values : grad.dense();
    const Shape& of = grad.is_sparse() ? grad.sparse().shape : values.shape();
    require<ShapeError>(of == shape() && values.dtype() == dtype() && values.device() == device(),
                        "[variable] expected a gradient ", dtype(), " ", shape(), " on ", device(), ", got ",
                        values.dtype(), " ", of, " on ", values.device());
  }
  state_->grad = std::move(grad);
}

void Variable::map_grad(const std::function<Tensor(const Tensor& values)>& f) {
  require(defined(), "[variable] is undefined");
  state_->grad.map(f);
}

void Variable::set_value(const Tensor& value) {
  require(is_leaf(), "[variable] only a leaf's value can be replaced");
  require<ShapeError>(value.shape() == shape() && value.dtype() == dtype(), "[variable] expected ", dtype(), " ",
                      shape(), ", got ", value.dtype(), " ", value.shape());
  static_cast<void>(this->value());  // what an optimiser keeps is made up for, too
  state_->value = value;
}

std::ostream& operator<<(std::ostream& out, const Variable& variable) {
  return variable.defined() ? out << variable.value() : out << "undefined variable";
}

std::string to_string(const Variable& variable) {
  return variable.defined() ? to_string(variable.value()) : "undefined variable";
}

NoGrad::NoGrad() : previous_(recording_enabled) { recording_enabled = false; }
NoGrad::~NoGrad() { recording_enabled = previous_; }

AnomalyMode::AnomalyMode() : previous_(anomaly_enabled) { anomaly_enabled = true; }
AnomalyMode::~AnomalyMode() { anomaly_enabled = previous_; }

bool recording() { return recording_enabled; }

namespace detail {

bool any_requires_grad(std::span<const Variable> inputs) {
  for (const Variable& input : inputs) {
    if (input.requires_grad()) return true;
  }
  return false;
}

bool anomaly_mode() { return anomaly_enabled; }

void check_finite(const char* op, const Tensor& tensor) {
  if (!is_float(tensor.dtype())) return;
  require<NumericError>(kernels::all_finite(tensor), "[", op, "] made a NaN or an infinity, shape ", tensor.shape());
}

}  // namespace detail
}  // namespace seqrec::autograd
