#include "models/model.h"

#include <algorithm>
#include <numeric>

#include "autograd/ops/embedding.h"
#include "core/error.h"
#include "kernels/alone.h"
#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "kernels/embedding.h"
#include "kernels/matmul.h"
#include "kernels/reduce.h"
#include "kernels/topk.h"

namespace seqrec::models {

std::vector<std::function<Variable()>> SequentialRecommender::loss_parts(const Batch& batch) {
  if constexpr (!kTraining) return {};
  return {[this, &batch] { return calculate_loss(batch); }};
}

void SequentialRecommender::prepare(Batch& batch, const Step& /*step*/) const {
  if constexpr (!kTraining) return;
  Metadata metadata;
  metadata.add(batch);
  batch.metadata = {std::move(metadata)};
}

Tensor SequentialRecommender::predict(const Batch& batch) {
  require<ShapeError>(batch.targets.size() == batch.rows(), "[predict] needs a target per row, got ",
                      batch.targets.size(), " for ", batch.rows(), " rows");
  std::vector<std::int32_t> offsets(static_cast<std::size_t>(batch.rows()) + 1);
  std::iota(offsets.begin(), offsets.end(), 0);
  return predict_candidates(batch, {Windows::adjacent(std::move(offsets)), batch.targets});
}

[[noreturn]] static void answers_batches_only() { throw UsageError("this model answers batches only"); }

void SequentialRecommender::recommend_alone(std::span<const OneWindow>, std::int64_t, Arena&, std::span<std::int32_t>,
                                            std::span<float>) const {
  answers_batches_only();
}

void SequentialRecommender::score_alone(std::span<const OneWindow>, std::span<const std::int32_t>,
                                        std::span<const std::int32_t>, Arena&, std::span<float>) const {
  answers_batches_only();
}

void SequentialRecommender::history_vector_alone(const OneWindow&, Arena&, float*) const { answers_batches_only(); }

Index SequentialRecommender::in_order(const Ragged& candidates, const Batch& batch) {
  const auto& [rows, ids] = candidates;
  require<ShapeError>(rows.size() == batch.rows() && rows.values() == ids.size(), "[predict] needs candidates for ",
                      batch.rows(), " rows, got ", rows.size(), " lists over ", rows.values(), " ids, and ", ids.size(),
                      " ids");
  std::vector<std::int32_t> items;
  for (std::int64_t row = 0; row < rows.size(); ++row) {
    const auto of_row = candidates[row];
    items.insert(items.end(), of_row.begin(), of_row.end());
  }
  return Index(std::move(items));
}

Tensor SequentialRecommender::mean_user() const {
  if (user_table() == nullptr || user_table()->shape()[0] < 2) return {};
  const Tensor& table = user_table()->value();
  Tensor mean({1, table.size(1)}, table.dtype(), table.device());
  kernels::sum(table.slice(0, 1, table.size(0)), mean);
  kernels::affine(1.0 / static_cast<double>(table.size(0) - 1), 0.0, mean, mean);
  return mean;
}

void SequentialRecommender::set_mean_user() {
  const Tensor mean = mean_user();
  if (!mean.defined()) return;
  Tensor row = user_table()->value().slice(0, 0, 1);
  kernels::copy(mean, row);
}

Tensor DotProductRecommender::predict_candidates(const Batch& batch, const Ragged& candidates) {
  if constexpr (!kTraining) return {};
  const autograd::NoGrad no_grad;
  const Index items = in_order(candidates, batch);
  const Tensor hidden = forward(batch).value();
  Tensor scores({candidates.rows.entries()}, hidden.dtype(), hidden.device());
  kernels::gather_dot(hidden, candidates.rows.entry_windows(), item_table().value(), items, scores);
  return scores;
}

Tensor DotProductRecommender::full_sort_predict(const Batch& batch) {
  if constexpr (!kTraining) return {};
  const autograd::NoGrad no_grad;
  const Tensor hidden = forward_full_sort(batch).value();
  const Tensor& table = item_table().value();
  Tensor scores({batch.rows(), table.size(0)}, hidden.dtype(), hidden.device());
  kernels::matmul(hidden, false, table, true, 1.0, kernels::Write::Overwrite, scores);
  return scores;
}

Recommendations DotProductRecommender::recommend(const Batch& batch, std::int64_t k, const Ragged& excluded) {
  if constexpr (!kTraining) return {};
  const autograd::NoGrad no_grad;
  const Tensor hidden = forward_full_sort(batch).value();
  Recommendations best{Tensor({batch.rows(), k}, DType::I32, hidden.device()),
                       Tensor({batch.rows(), k}, hidden.dtype(), hidden.device())};
  if (bytes_.defined())
    bytes_.score_topk(hidden, 1, excluded, k, best.scores, best.items);
  else
    kernels::score_topk(hidden, item_table().value(), 1, excluded, k, best.scores, best.items);
  return best;
}

Tensor DotProductRecommender::item_vectors(std::int64_t begin, std::int64_t end) const {
  return item_table().value().slice(0, begin, end);
}

Tensor DotProductRecommender::scoring_vectors(std::int64_t begin, std::int64_t end) const {
  return item_table().value().slice(0, begin, end);
}

Tensor DotProductRecommender::history_vectors(const Batch& batch) {
  if constexpr (!kTraining) return {};
  const autograd::NoGrad no_grad;
  return forward_full_sort(batch).value();
}

void DotProductRecommender::freeze() {
  const Tensor& table = item_table().value();
  if (table.dtype() != DType::F32 || table.device() != kCpu) return;
  if (kernels::ByteTable::takes(table)) bytes_ = kernels::ByteTable(table);
  alone_ = freeze_alone();
}

void DotProductRecommender::forward_alone(const OneWindow&, bool, Arena&, float*) const { answers_batches_only(); }

void DotProductRecommender::forward_each(std::span<const OneWindow> windows, bool full_sort, Arena& arena,
                                         float* out) const {
  for (const OneWindow& window : windows) {
    forward_alone(window, full_sort, arena, out);
    out += item_table().shape()[1];
  }
}

void DotProductRecommender::recommend_alone(std::span<const OneWindow> windows, std::int64_t /*k*/, Arena& arena,
                                            std::span<std::int32_t> items, std::span<float> scores) const {
  const Arena::Scope scope(arena);
  const Tensor& table = item_table().value();
  float* hidden = arena.take<float>(std::ssize(windows) * table.size(1)).data();
  forward_each(windows, true, arena, hidden);
  const auto excluded = arena.take<std::span<const std::int32_t>>(std::ssize(windows));
  std::ranges::transform(windows, excluded.begin(), &OneWindow::excluded);
  if (bytes_.defined())
    bytes_.score_topk_alone(hidden, 1, excluded, arena, scores, items.data());
  else
    kernels::alone::score_topk(hidden, table, 1, excluded, arena, scores, items.data());
}

void DotProductRecommender::score_alone(std::span<const OneWindow> windows, std::span<const std::int32_t> offsets,
                                        std::span<const std::int32_t> candidates, Arena& arena,
                                        std::span<float> scores) const {
  const Arena::Scope scope(arena);
  const Tensor& table = item_table().value();
  const std::int64_t width = table.size(1);
  float* hidden = arena.take<float>(std::ssize(windows) * width).data();
  forward_each(windows, false, arena, hidden);
  for (std::size_t i = 0; i < windows.size(); ++i, hidden += width) {
    const auto begin = static_cast<std::size_t>(offsets[i]), end = static_cast<std::size_t>(offsets[i + 1]);
    kernels::alone::gather_dot(hidden, candidates.subspan(begin, end - begin), table.data<float>(), width,
                               scores.data() + begin);
  }
}

std::size_t DotProductRecommender::narrow_alone(const OneWindow& window, std::int64_t k,
                                                std::span<std::int32_t> candidates, Arena& arena) const {
  if (!bytes_.defined() || !kernels::ByteTable::can_narrow(candidates, k)) return candidates.size();
  const Arena::Scope scope(arena);
  float* hidden = arena.take<float>(item_table().shape()[1]).data();
  forward_each({&window, 1}, false, arena, hidden);
  return bytes_.narrow_alone(hidden, k, candidates, arena);
}

void DotProductRecommender::history_vector_alone(const OneWindow& window, Arena& arena, float* out) const {
  forward_alone(window, true, arena, out);
}

std::unique_ptr<SequentialRecommender> ModelInfo::make_at(const ModelSpec& spec, nn::Scope at) const {
  auto model = make(spec, std::move(at));
  require<UsageError>(model != nullptr, "the make of ", name, " returned no model");
  return model;
}

std::vector<Key> ModelInfo::config_keys() const {
  std::vector<Key> all = keys;
  all.insert(all.end(), defaults.begin(), defaults.end());
  return all;
}

}  // namespace seqrec::models
