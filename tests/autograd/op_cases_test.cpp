// Walks the table of op cases: gradcheck in f64, parity between the CPU kernels and the reference, and coverage.
#include "tests/op_cases.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "autograd/node.h"
#include "core/file.h"
#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "kernels/kernel.h"

using namespace seqrec;
using autograd::Variable;
using tests::OpCase;

namespace {

/// The output and the gradients of the inputs for a gradient of ones.
std::vector<Tensor> run(const OpCase& op_case, DType dtype, bool strided) {
  std::vector<Variable> inputs;
  for (const Tensor& input : op_case.inputs(dtype, strided)) inputs.emplace_back(input, true);
  const Variable output = op_case.function(inputs);
  std::vector<Tensor> results{kernels::contiguous(output.value())};
  Tensor ones(output.shape(), dtype);
  kernels::fill(1.0, ones);
  autograd::backward(output, ones);
  for (const Variable& input : inputs) {
    results.push_back(input.grad().defined() ? input.grad().dense() : Tensor::zeros(input.shape(), dtype));
  }
  return results;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = kernels::convert(a, DType::F64).to_vector<double>();
  const std::vector<double> y = kernels::convert(b, DType::F64).to_vector<double>();
  double scale = 1, difference = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    scale = std::max(scale, std::abs(y[i]));
    difference = std::max(difference, std::isnan(x[i] - y[i]) ? INFINITY : std::abs(x[i] - y[i]));
  }
  return difference / scale;
}

std::set<std::string> unary_names() {
  std::set<std::string> names;
  for (int i = 0; i < kernels::kUnaryCount; ++i) names.insert(kernels::name_of(static_cast<kernels::Unary>(i)));
  return names;
}

/// The names of the operations that autograd/ops records: what its sources give to record(). Where that isn't a literal
/// it stands here, by file.
std::set<std::string> recorded_operations() {
  const std::map<std::string, std::set<std::string>> not_literal = {
      {"elementwise.cpp: kernels::name_of(op)", unary_names()},
      {"compare.cpp: kernels::name_of(extreme)", {"maximum", "minimum"}},
      {"cross_entropy.cpp: op", {"catalogue_cross_entropy", "catalogue_binary_cross_entropy"}},
      {"window.cpp: op", {"window_sum", "window_mean"}}};
  const std::string call = "record(";
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(SEQREC_SOURCE_DIR "/autograd/ops")) {
    const std::string text = read_text(entry.path());
    for (std::size_t at = text.find(call); at != std::string::npos; at = text.find(call, at + 1)) {
      const std::size_t begin = text.find_first_not_of(" \n", at + call.size());
      const std::string name = text.substr(begin, text.find(',', begin) - begin);
      const std::string place = concat(entry.path().filename().string(), ": ", name);
      if (name.front() == '"') {
        names.insert(name.substr(1, name.size() - 2));
      } else {
        REQUIRE_MESSAGE(not_literal.contains(place), "which operations are these? ", place);
        names.merge(std::set(not_literal.at(place)));
      }
    }
  }
  return names;
}

/// The names of the operations that the tape of `output` holds.
void collect_names(const Variable& output, std::set<const autograd::Node*>& seen, std::set<std::string>& names) {
  const autograd::Node* node = output.state()->node.get();
  if (node == nullptr || !seen.insert(node).second) return;
  names.insert(node->op);
  for (const Variable& input : node->inputs) collect_names(input, seen, names);
}

}  // namespace

TEST_CASE("every op case passes gradcheck in f64") {
  for (const OpCase& op_case : tests::op_cases()) {
    for (const bool strided : {false, true}) {
      CAPTURE(op_case.name);
      CAPTURE(strided);
      const auto result = autograd::gradcheck(op_case.function, op_case.inputs(DType::F64, strided));
      CHECK_MESSAGE(result.passed, result.where);
    }
  }
}

TEST_CASE("the CPU kernels give what the reference gives, forward and backward") {
  for (const OpCase& op_case : tests::op_cases()) {
    for (const DType dtype : {DType::F64, DType::F32}) {
      for (const bool strided : {false, true}) {
        CAPTURE(op_case.name);
        CAPTURE(dtype);
        const std::vector<Tensor> fast = run(op_case, dtype, strided);
        const kernels::ReferenceScope reference;
        const std::vector<Tensor> slow = run(op_case, dtype, strided);
        for (std::size_t i = 0; i < fast.size(); ++i) {
          CAPTURE(i);
          CHECK(largest_difference(fast[i], slow[i]) <= (dtype == DType::F64 ? 1e-13 : 3e-6));
        }
      }
    }
  }
}

TEST_CASE("every recorded operation is in an op case") {
  std::set<std::string> covered;
  std::set<const autograd::Node*> seen;
  for (const OpCase& op_case : tests::op_cases()) {
    std::vector<Variable> inputs;
    for (const Tensor& input : op_case.inputs(DType::F64, false)) inputs.emplace_back(input, true);
    seen.clear();
    collect_names(op_case.function(inputs), seen, covered);
  }
  for (const std::string& name : recorded_operations()) {
    CAPTURE(name);
    CHECK(covered.contains(name));
  }
  CHECK(recorded_operations().size() > 40);
}

TEST_CASE("the op cases call every kernel that differentiation needs") {
  // Scoring, optimiser steps, clipping and checks for NaN have no gradient: tests/kernels covers those.
  const std::set<std::string_view> not_differentiable{"topk",         "score_topk",    "score_rank",
                                                      "sgd_step",     "adam_step",     "adagrad_step",
                                                      "rmsprop_step", "any_nonfinite", "sum_of_squares"};
  const kernels::CallTrace trace;
  for (const OpCase& op_case : tests::op_cases()) run(op_case, DType::F64, false);
  const std::set<std::string_view> called(trace.names().begin(), trace.names().end());
  for (const std::string_view name : kernels::kernel_names()) {
    CAPTURE(name);
    CHECK(called.contains(name) != not_differentiable.contains(name));
  }
}
