#include "infer/similar.h"

#include <algorithm>
#include <cmath>

#include "kernels/matmul.h"

namespace seqrec::infer {
namespace {

constexpr std::int64_t kAtOnce = 4096;  // items

template <class T>
double norm(std::span<const T> vector) {
  double sums[4] = {};  // of which none waits for another
  std::size_t i = 0;
  for (; i + 4 <= vector.size(); i += 4)
    for (std::size_t j = 0; j < 4; ++j) sums[j] += static_cast<double>(vector[i + j]) * vector[i + j];
  for (; i < vector.size(); ++i) sums[0] += static_cast<double>(vector[i]) * vector[i];
  return std::sqrt((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

/// The sum of the items' directions, of length 1.
template <class T>
Tensor direction_of(const Session& session, std::span<const std::int32_t> items) {
  std::vector<double> sum;
  for (const std::int32_t item : items) {
    const Tensor vector = session.item_vectors(item, item + 1);
    const std::span<const T> values = vector.span<T>();
    const double length = norm(values);
    sum.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) sum[i] += length > 0 ? values[i] / length : 0;
  }
  const double length = norm(std::span<const double>(sum));
  require<UsageError>(length > 1e-6, "the vectors of the given items point nowhere");
  std::vector<T> unit;
  for (const double value : sum) unit.push_back(static_cast<T>(value / length));
  return Tensor::from(unit, {1, std::ssize(unit)});
}

bool holds(const ItemSet* set, std::int32_t item) {
  return set != nullptr && std::binary_search(set->ids.begin(), set->ids.end(), item);
}

/// (-cosine, id), ascending: best first.
using Found = std::vector<std::pair<double, std::int32_t>>;

template <class T>
Found nearest(const Session& session, const SimilarRequest& request, std::span<const std::int32_t> items) {
  const Tensor direction = direction_of<T>(session, items);
  const std::int64_t n_items = session.file().spec.n_items;
  const auto k = static_cast<std::size_t>(std::min(request.k, n_items - 1));
  Found best;  // a heap whose front is the worst
  for (std::int64_t begin = 1; begin < n_items; begin += kAtOnce) {
    const std::int64_t end = std::min(begin + kAtOnce, n_items);
    const Tensor vectors = session.item_vectors(begin, end);
    Tensor products({1, end - begin}, vectors.dtype());
    kernels::matmul(direction, false, vectors, true, 1.0, kernels::Write::Overwrite, products);
    const auto width = static_cast<std::size_t>(vectors.size(1));
    for (std::int64_t item = begin; item < end; ++item) {
      const auto place = static_cast<std::size_t>(item - begin);
      const double length = norm(std::span<const T>(vectors.span<T>().subspan(place * width, width)));
      const double cosine = length > 0 ? static_cast<double>(products.span<T>()[place]) / length : 0;
      require<NumericError>(std::isfinite(cosine), "an item's vector is too long to compare");
      const std::pair one(-cosine, static_cast<std::int32_t>(item));
      if (best.size() == k && one > best.front()) continue;
      if (holds(request.exclude.get(), one.second) || std::ranges::binary_search(items, one.second)) continue;
      if (request.candidates && !holds(request.candidates.get(), one.second)) continue;
      best.push_back(one);
      std::ranges::push_heap(best);
      if (best.size() <= k) continue;
      std::ranges::pop_heap(best);
      best.pop_back();
    }
  }
  std::ranges::sort_heap(best);
  return best;
}

}  // namespace

Answer similar(const Session& session, const SimilarRequest& request) {
  require<UsageError>(request.k >= 1, "k must be at least 1, got ", request.k);
  const auto items = session.items(request.items);
  require<UsageError>(!items->ids.empty(), "no item that was given is known to the model");
  Answer answer;
  answer.unknown_items = items->unknown;
  const Tensor vector = session.item_vectors(items->ids[0], items->ids[0] + 1);
  require<UsageError>(vector.defined(), "a ", session.file().spec.model, " has no item vectors to compare");
  visit_float(vector.dtype(), "similar", [&](auto zero) {
    for (const auto& [negative, id] : nearest<decltype(zero)>(session, request, items->ids))
      answer.items.push_back(session.item(id, -negative));
  });
  return answer;
}

}  // namespace seqrec::infer
