#include "kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {
namespace {

/// One query under one head: its window's values, the weights of them, and what dropping multiplies each by.
struct Look {
  std::int64_t query, begin, end, first_column, last_column;
  std::vector<double> weights, factors;
};

template <class T>
double dot(const Elements<T>& a, std::int64_t i, const Elements<T>& b, std::int64_t j, const Look& look) {
  double sum = 0;
  for (std::int64_t c = look.first_column; c < look.last_column; ++c) sum += static_cast<double>(a(i, c)) * b(j, c);
  return sum;
}

/// Calls each(look) for every query under every head.
template <class T, class F>
void for_each_look(const Tensor& q, const Tensor& k, const Windows& windows, std::int64_t heads, const Drop& drop,
                   F&& each) {
  const Elements<T> queries(q), keys(k);
  const std::int64_t columns = q.size(1) / heads;
  for (std::int64_t h = 0; h < heads; ++h)
    for (std::int64_t i = 0; i < windows.size(); ++i) {
      Look look{i, windows.begin()[i], windows.end()[i], h * columns, (h + 1) * columns, {}, {}};
      double max = -INFINITY, sum = 0;
      for (std::int64_t v = look.begin; v < look.end; ++v) {
        look.weights.push_back(dot(queries, i, keys, v, look) / std::sqrt(static_cast<double>(columns)));
        max = std::max(max, look.weights.back());
      }
      for (double& weight : look.weights) sum += weight = std::exp(weight - max);
      for (double& weight : look.weights) weight /= sum;
      for (std::int64_t v = look.begin; v < look.end; ++v) {
        const std::int64_t number = h * windows.entries() + windows.offsets()[i] + v - look.begin;
        const bool keep = to_uniform(drop.stream.at(drop.offset + static_cast<std::uint64_t>(number))) >= drop.p;
        look.factors.push_back(keep ? 1 / (1 - drop.p) : 0);
      }
      each(look);
    }
}

/// A tensor of sums in double, written at the end.
template <class T>
class Gradient {
 public:
  explicit Gradient(const Tensor& out) : out_(out), sums_(static_cast<std::size_t>(out.numel())), width_(out.size(1)) {}
  ~Gradient() {
    for (std::size_t i = 0; i < sums_.size(); ++i) out_[static_cast<std::int64_t>(i)] = static_cast<T>(sums_[i]);
  }
  double& operator()(std::int64_t row, std::int64_t column) { return sums_[row * width_ + column]; }

 private:
  Elements<T> out_;
  std::vector<double> sums_;
  std::int64_t width_;
};

}  // namespace

void window_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows, std::int64_t heads,
                      Drop drop, Tensor& out) {
  visit_float(q.dtype(), "window_attention", [&](auto t) {
    using T = decltype(t);
    const Elements<T> values(v), to(out);
    for_each_look<T>(q, k, windows, heads, drop, [&](const Look& look) {
      for (std::int64_t c = look.first_column; c < look.last_column; ++c) {
        double sum = 0;
        for (std::size_t e = 0; e < look.weights.size(); ++e)
          sum += look.weights[e] * look.factors[e] * values(look.begin + static_cast<std::int64_t>(e), c);
        to(look.query, c) = static_cast<T>(sum);
      }
    });
  });
}

void window_attention_backward(const Tensor& q, const Tensor& k, const Tensor& v, const Windows& windows,
                               std::int64_t heads, Drop drop, const Tensor& grad_out, Tensor& grad_q, Tensor& grad_k,
                               Tensor& grad_v) {
  visit_float(q.dtype(), "window_attention_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> queries(q), keys(k), values(v), grad(grad_out);
    Gradient<T> dq(grad_q), dk(grad_k), dv(grad_v);
    const double scale = 1 / std::sqrt(static_cast<double>(heads == 0 ? 1 : q.size(1) / heads));
    for_each_look<T>(q, k, windows, heads, drop, [&](const Look& look) {
      std::vector<double> d;
      double mean = 0;
      for (std::size_t e = 0; e < look.weights.size(); ++e) {
        const std::int64_t value = look.begin + static_cast<std::int64_t>(e);
        d.push_back(look.factors[e] * dot(grad, look.query, values, value, look));
        mean += look.weights[e] * d[e];
      }
      for (std::size_t e = 0; e < look.weights.size(); ++e) {
        const std::int64_t value = look.begin + static_cast<std::int64_t>(e);
        const double s = look.weights[e] * (d[e] - mean) * scale;
        for (std::int64_t c = look.first_column; c < look.last_column; ++c) {
          dq(look.query, c) += s * keys(value, c);
          dk(value, c) += s * queries(look.query, c);
          dv(value, c) += look.weights[e] * look.factors[e] * grad(look.query, c);
        }
      }
    });
  });
}

}  // namespace seqrec::kernels::reference
