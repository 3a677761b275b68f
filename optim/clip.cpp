#include "optim/clip.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <vector>

#include "autograd/ops/compare.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/reduce.h"
#include "core/error.h"
#include "kernels/copy.h"
#include "kernels/reduce.h"

namespace seqrec::optim {

using namespace autograd;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// The sum of |x|^p, or the largest |x| when p is infinite: a scalar.
Tensor power_sum(const Tensor& x, double p) {
  if (p == 2) {
    Tensor sum(Shape{}, x.dtype(), x.device());
    kernels::sum_of_squares(x, sum);
    return sum;
  }
  Variable size = abs(Variable(x));
  if (p != kInfinity) return sum(p == 1 ? size : pow(size, p)).value();
  while (size.shape().rank() > 0) size = max(size, -1);  // axis by axis, so that rows share the work
  return size.value();
}

/// The p-norm of all gradients' elements together. What is on a device comes to the host at once: one wait.
double total_norm(const Parameters& parameters, double p) {
  std::vector<Tensor> parts;
  for (const auto& [name, parameter] : parameters) {
    const Gradient& grad = parameter.grad();
    if (!grad.defined()) continue;
    const Tensor& x = grad.is_sparse() ? grad.sparse().values : grad.dense();
    if (x.numel() > 0) parts.push_back(power_sum(kernels::contiguous(x), p));
  }
  if (parts.empty()) return 0;
  const Tensor all({std::ssize(parts)}, DType::F64, parts[0].device());
  for (std::int64_t i = 0; i < std::ssize(parts); ++i) {
    Tensor place = all.select(0, i);
    kernels::copy(parts[i], place);
  }
  double total = 0;
  for (const double part : all.to_vector<double>()) total = p == kInfinity ? std::max(total, part) : total + part;
  return p == kInfinity ? total : std::pow(total, 1 / p);
}

/// Every gradient's values become f of them.
template <class F>
void map(const Parameters& parameters, F&& f) {
  for (const auto& [name, parameter] : parameters)
    Variable(parameter).map_grad([&](const Tensor& values) { return f(Variable(values)).value(); });
}

}  // namespace

double clip_norm(const Parameters& parameters, const ClipNorm& options) {
  require<UsageError>(options.max_norm > 0 && options.norm_type > 0,
                      "[clip_norm] expected max_norm and norm_type above 0, got ", options.max_norm, " and ",
                      options.norm_type);
  const NoGrad no_grad;
  const double norm = total_norm(parameters, options.norm_type);
  const double factor = options.max_norm / (norm + 1e-6);
  if (factor < 1) map(parameters, [factor](const Variable& grad) { return grad * factor; });
  return norm;
}

void clip_value(const Parameters& parameters, double limit) {
  require<UsageError>(limit > 0, "[clip_value] expected a limit above 0, got ", limit);
  const NoGrad no_grad;
  map(parameters, [limit](const Variable& grad) { return clamp(grad, -limit, limit); });
}

}  // namespace seqrec::optim
