#include "nn/losses.h"

#include <cmath>

#include <doctest/doctest.h>

#include "autograd/gradcheck.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/matmul.h"
#include "autograd/ops/reduce.h"
#include "kernels/copy.h"
#include "tests/kernels/parity.h"

using namespace seqrec;
using namespace seqrec::nn;
using namespace seqrec::autograd;
using kernels::random_tensor;

namespace {

constexpr std::int64_t kSampleRows = 4, kSampleNegatives = 6, kSampleWidth = 3;

/// Row 1's positive is negative 4, which was drawn twice; row 3's is negative 0.
SampledClasses some_classes() {
  return {.items = Index::range(kSampleNegatives),
          .shifts = Numbers({0.5, -1, 0, 2, -0.25, 1}),
          .positive_shifts = Numbers({0, 0.5, -1, 0.25}),
          .positive_class = Index(std::vector<std::int32_t>(kSampleRows, kSampleNegatives)),
          .excluded = Index({kSampleNegatives + 1, 4, kSampleNegatives + 1, 0}),
          .excluded_counts = Numbers({0, 2, 0, 1}),
          .labels = Windows::adjacent(std::vector<std::int32_t>(kSampleRows + 1))};
}

std::vector<Tensor> some_vectors() {
  return {random_tensor({kSampleRows, kSampleWidth}, DType::F64, 1),
          random_tensor({kSampleRows, kSampleWidth}, DType::F64, 2),
          random_tensor({kSampleNegatives, kSampleWidth}, DType::F64, 3)};
}

double score_of(const Tensor& a, std::int64_t i, const Tensor& b, std::int64_t j) {
  double sum = 0;
  for (std::int64_t k = 0; k < kSampleWidth; ++k) sum += a.at<double>({i, k}) * b.at<double>({j, k});
  return sum;
}

}  // namespace

TEST_CASE("sampled_softmax_loss is the softmax's over the positive and the negatives that count") {
  const std::vector<Tensor> x = some_vectors();
  const SampledClasses of = some_classes();
  double expected = 0;
  for (std::int64_t row = 0; row < kSampleRows; ++row) {
    const double positive = score_of(x[0], row, x[1], row) + of.positive_shifts.host()[row];
    double sum = std::exp(positive);
    for (std::int64_t i = 0; i < kSampleNegatives; ++i)
      if (i != of.excluded[row]) sum += std::exp(score_of(x[0], row, x[2], i) + of.shifts.host()[i]);
    expected += (std::log(sum) - positive) / kSampleRows;
  }
  const Variable loss = sampled_softmax_loss(Variable(x[0]), Variable(x[1]), Variable(x[2]), of);
  CHECK(loss.value().item() == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("gbce_loss is the formula's") {
  const std::vector<Tensor> x = some_vectors();
  const SampledClasses of = some_classes();
  const auto softplus = [](double s) { return std::log1p(std::exp(s)); };
  double expected = 0;
  for (std::int64_t row = 0; row < kSampleRows; ++row) {
    const double positive = score_of(x[0], row, x[1], row);
    double sum = 0.3 * softplus(-positive) - of.excluded_counts.host()[row] * softplus(positive);
    for (std::int64_t i = 0; i < kSampleNegatives; ++i) sum += softplus(score_of(x[0], row, x[2], i));
    expected += sum / (kSampleNegatives + 1) / kSampleRows;
  }
  const Variable loss = gbce_loss(Variable(x[0]), Variable(x[1]), Variable(x[2]), of, 0.3);
  CHECK(loss.value().item() == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("the sampled losses have the gradients of their values") {
  const SampledClasses of = some_classes();
  for (const bool gbce : {false, true}) {
    const auto result = gradcheck(
        [&](std::span<const Variable> x) {
          return gbce ? gbce_loss(x[0], x[1], x[2], of, 0.3) : sampled_softmax_loss(x[0], x[1], x[2], of);
        },
        some_vectors());
    CHECK_MESSAGE(result.passed, result.where);
  }
}

TEST_CASE("the sampled losses of scores of thousands are finite, and their gradients") {
  for (const double sign : {-1.0, 1.0})
    for (const bool gbce : {false, true}) {
      std::vector<Variable> x;
      for (const Tensor& vectors : some_vectors())
        x.emplace_back(affine(Variable(kernels::convert(vectors, DType::F32)), 60 * (x.size() == 1 ? sign : 1)).value(),
                       true);
      const SampledClasses of = some_classes();
      const Variable loss = gbce ? gbce_loss(x[0], x[1], x[2], of, 0.3) : sampled_softmax_loss(x[0], x[1], x[2], of);
      CHECK(std::isfinite(loss.value().item()));
      backward(loss);
      for (const Variable& one : x)
        for (const float slope : kernels::contiguous(one.grad().dense()).to_vector<float>())
          CHECK(std::isfinite(slope));
    }
}

TEST_CASE("gbce's beta runs from 1, the plain loss, to the share of the items that is drawn") {
  CHECK(gbce_beta(256, 1024, 0) == 1);
  CHECK(gbce_beta(256, 1024, 1) == 0.25);
  CHECK(gbce_beta(256, 1024, 0.75) == doctest::Approx(0.4375));
  CHECK(gbce_beta(1024, 1024, 0.5) == 1);
}

TEST_CASE("the sampled losses name shapes that don't fit") {
  const std::vector<Tensor> x = some_vectors();
  SampledClasses of = some_classes();
  of.excluded = Index({0});
  CHECK_THROWS_WITH_AS(sampled_softmax_loss(Variable(x[0]), Variable(x[1]), Variable(x[2]), of),
                       "[catalogue_cross_entropy] excluded: expected 4 ids, got 1", ShapeError);
  of.labels = Windows();
  CHECK_THROWS_WITH_AS(gbce_loss(Variable(x[0]), Variable(x[1]), Variable(x[2]), of, 1),
                       "[catalogue_binary_cross_entropy] windows: expected 4, got 0", ShapeError);
}
