#pragma once

#include <vector>

#include <doctest/doctest.h>

#include "autograd/variable.h"

/// Parameters with gradients that a test chooses.
namespace seqrec::optim {

using autograd::Variable;

inline const std::vector<double> kStart = {1.0, -2.0, 0.5, 3.0, 0.25, -0.75};
inline const std::vector<std::vector<double>> kGrads = {
    {0.1, -0.2, 0.3, 0.0, 0.5, -0.6}, {0.05, 0.4, -0.1, 0.2, 0.0, 0.3}, {-0.3, 0.1, 0.2, -0.4, 0.25, 0.0}};

inline Variable make_parameter() { return Variable(Tensor::from(kStart, {3, 2}), true); }

/// Collects `grad` by a backward pass of sum(parameter * grad).
inline void give_grad(Variable& parameter, const Tensor& grad) {
  const Variable output = autograd::record("given", {parameter}, parameter.value(),
                                           [grad](autograd::Backward& backward) { backward.give(0, grad); });
  autograd::backward(output, Tensor::zeros(parameter.shape(), parameter.dtype()));
}
inline void give_rows(Variable& parameter, std::vector<std::int32_t> rows, const std::vector<double>& dense) {
  std::vector<double> values;
  for (const std::int32_t row : rows) {
    values.push_back(dense[2 * row]);
    values.push_back(dense[2 * row + 1]);
  }
  const autograd::RowSparse sparse{parameter.shape(), Index(rows),
                                   Tensor::from(values, {static_cast<std::int64_t>(rows.size()), 2})};
  const Variable output = autograd::record("given", {parameter}, parameter.value(),
                                           [sparse](autograd::Backward& backward) { backward.give(0, sparse); });
  autograd::backward(output, Tensor::zeros(parameter.shape(), parameter.dtype()));
}

inline void check_close(const Tensor& got, const std::vector<double>& expected, double tolerance = 1e-12) {
  const auto values = got.to_vector<double>();
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK_MESSAGE(values[i] == doctest::Approx(expected[i]).epsilon(tolerance), "element " << i);
}

}  // namespace seqrec::optim
