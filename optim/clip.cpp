#include "optim/clip.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <vector>

#include "core/error.h"
#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "kernels/reduce.h"

namespace seqrec::optim {
namespace {

using autograd::Variable;
using kernels::Binary;
using kernels::Unary;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Tensor apply(Unary op, const Tensor& x) {
  Tensor out = empty_like(x);
  kernels::unary(op, x, out);
  return out;
}

/// x (op) a number, element by element.
Tensor apply(Binary op, const Tensor& x, double number) {
  Tensor out = empty_like(x);
  kernels::binary(op, x, Tensor::full({}, number, x.dtype(), x.device()), out);
  return out;
}

/// The sum of |x|^p, or the largest |x| when p is infinite; one element.
Tensor power_sum(const Tensor& x, double p) {
  Tensor out({1}, x.dtype(), x.device());
  if (p == 2) {
    kernels::sum_of_squares(x, out);
    return out;
  }
  Tensor power = apply(Unary::Abs, x);
  if (p == kInfinity) {
    while (power.rank() > 0) {  // axis by axis, so that rows share the work
      Shape shape = power.shape();
      shape.erase(-1);
      Tensor largest(shape, x.dtype(), x.device()), place(shape, DType::I32, x.device());
      kernels::max_last(power, largest, place);
      power = largest;
    }
    return power.reshape({1});
  }
  if (p != 1) power = apply(Binary::Pow, power, p);
  kernels::sum(power.reshape({-1}), out);
  return out;
}

/// The p-norm of all gradients' elements together. What is on a device comes to the host at once: one wait.
double total_norm(const Parameters& parameters, double p) {
  std::vector<Tensor> parts;
  for (const auto& [name, parameter] : parameters) {
    const autograd::Gradient& grad = parameter.grad();
    if (!grad.defined()) continue;
    const Tensor x = kernels::contiguous(grad.is_sparse() ? grad.sparse().values : grad.dense());
    if (x.numel() > 0) parts.push_back(power_sum(x, p));
  }
  if (parts.empty()) return 0;
  const Tensor all({std::ssize(parts)}, DType::F64, parts[0].device());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Tensor place = all.slice(0, static_cast<std::int64_t>(i), static_cast<std::int64_t>(i) + 1);
    kernels::copy(parts[i], place);
  }
  double total = 0;
  for (const double part : all.to_vector<double>()) total = p == kInfinity ? std::max(total, part) : total + part;
  return p == kInfinity ? total : std::pow(total, 1 / p);
}

template <class F>
void change_all(const Parameters& parameters, F&& change) {
  for (const auto& [name, parameter] : parameters) Variable(parameter).map_grad(change);
}

}  // namespace

double clip_norm(const Parameters& parameters, const ClipNorm& options) {
  require<UsageError>(options.max_norm > 0 && options.norm_type > 0,
                      "[clip_norm] expected max_norm and norm_type above 0, got ", options.max_norm, " and ",
                      options.norm_type);
  const double norm = total_norm(parameters, options.norm_type);
  const double factor = options.max_norm / (norm + 1e-6);
  if (factor < 1)
    change_all(parameters, [factor](const Tensor& values) {
      Tensor scaled = empty_like(values);
      kernels::affine(factor, 0, values, scaled);
      return scaled;
    });
  return norm;
}

void clip_value(const Parameters& parameters, double limit) {
  require<UsageError>(limit > 0, "[clip_value] expected a limit above 0, got ", limit);
  change_all(parameters,
             [limit](const Tensor& grad) { return apply(Binary::Min, apply(Binary::Max, grad, -limit), limit); });
}

}  // namespace seqrec::optim
