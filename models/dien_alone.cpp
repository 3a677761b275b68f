// DIEN for a single window (models/model.h: answers_alone).
#include <algorithm>
#include <numeric>

#include "core/parallel.h"
#include "models/dien.h"

namespace seqrec::models {

namespace alone = kernels::alone;
using kernels::GruCell;
using kernels::Unary;

namespace {

/// Targets whose states evolve together, so that a step is a product of matrices.
constexpr std::int64_t kTargets = 64;
constexpr std::int64_t kRowsPacked = 1 << 14;

/// The vectors of all `rows`, made some at a time: make(begin, end).
template <class Make>
Tensor all_vectors(std::int64_t rows, std::int64_t width, Make make) {
  Tensor all({rows, width});
  for (std::int64_t begin = 0; begin < rows; begin += kRowsPacked) {
    const std::int64_t end = std::min(rows, begin + kRowsPacked);
    const Tensor part = make(begin, end);
    std::copy_n(part.data<float>(), part.numel(), all.data<float>() + begin * width);
  }
  return all;
}

}  // namespace

void InterestExtractorNetwork::alone(std::int64_t rows, const float* x, Arena& arena, float* out) const {
  const Arena::Scope scope(arena);
  float* projected = arena.take<float>(rows * 3 * gru_.width()).data();
  gru_.project_alone(rows, x, projected);
  gru_.states_alone(rows, projected, arena, out);
}

InterestEvolvingLayer::SharedAlone InterestEvolvingLayer::share_alone(std::int64_t places, const float* interests,
                                                                      Arena& arena) const {
  float* projected = arena.take<float>(places * 3 * dynamic_rnn_.width()).data();
  dynamic_rnn_.project_alone(places, interests, projected);
  if (cell_ != GruCell::Gru) return {places, interests, projected};
  float* states = arena.take<float>(places * dynamic_rnn_.width()).data();
  dynamic_rnn_.states_alone(places, projected, arena, states);
  return {places, states, nullptr};
}

void InterestEvolvingLayer::alone(const SharedAlone& shared, std::int64_t targets, const float* queries, Arena& arena,
                                  float* out) const {
  const Arena::Scope scope(arena);
  const std::int64_t places = shared.places, width = dynamic_rnn_.width();
  float* weights = arena.take<float>(targets * places).data();
  std::fill_n(out, targets * width, 0.0f);
  if (places == 0) return;
  attention_layer_.alone(targets, queries, places, shared.keys, arena, weights);
  if (cell_ == GruCell::Gru) {
    for (std::int64_t i = 0; i < targets; ++i)
      alone::weighted_sum(places, weights + i * places, nullptr, shared.keys, width, out + i * width);
    return;
  }
  float* scores = arena.take<float>(targets).data();
  for (std::int64_t place = 0; place < places; ++place) {
    for (std::int64_t i = 0; i < targets; ++i) scores[i] = weights[i * places + place];
    dynamic_rnn_.step_alone(targets, shared.projected + place * 3 * width, scores, arena, out);
  }
}

void Dien::freeze() {
  const Tensor& last = dnn_predict_layer_.weight().value();
  if (last.dtype() != DType::F32 || last.device() != kCpu) return;
  interest_extractor_.freeze_alone();
  interest_evolution_.freeze_alone();
  dnn_mlp_layers_.freeze_alone();
  const autograd::NoGrad no_grad;
  alone_predict_ = dnn_predict_layer_.alone();
  alone_items_ = all_vectors(n_items_, item_embedding_.width(),
                             [this](std::int64_t begin, std::int64_t end) { return item_vectors(begin, end); });
  alone_users_ = all_vectors(n_users_, user_embedding_.width(), [this](std::int64_t begin, std::int64_t end) {
    std::vector<std::int32_t> users(static_cast<std::size_t>(end - begin));
    std::iota(users.begin(), users.end(), static_cast<std::int32_t>(begin));
    return user_vectors(Index(std::move(users))).value();
  });
  alone_ = true;
}

void Dien::score_alone(std::span<const OneWindow> windows, std::span<const std::int32_t> offsets,
                       std::span<const std::int32_t> candidates, Arena& arena, std::span<float> scores) const {
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const auto begin = static_cast<std::size_t>(offsets[i]), count = static_cast<std::size_t>(offsets[i + 1]) - begin;
    score_window(windows[i], candidates.subspan(begin, count), arena, scores.subspan(begin, count));
  }
}

void Dien::score_window(const OneWindow& window, std::span<const std::int32_t> candidates, Arena& arena,
                        std::span<float> scores) const {
  const Arena::Scope scope(arena);
  const std::int64_t places = std::ssize(window.items), width = item_embedding_.width();
  float* items = arena.take<float>(places * width).data();
  float* interests = arena.take<float>(places * width).data();
  alone::gather_rows(window.items, alone_items_.data<float>(), width, items);
  interest_extractor_.alone(places, items, arena, interests);
  const InterestEvolvingLayer::SharedAlone shared = interest_evolution_.share_alone(places, interests, arena);

  const auto score = [&](std::int64_t begin, std::int64_t end, Arena& memory) {
    for (; begin < end; begin += kTargets) {
      const auto count = static_cast<std::size_t>(std::min(kTargets, end - begin));
      const auto first = static_cast<std::size_t>(begin);
      score_some(window.user, shared, candidates.subspan(first, count), memory, scores.data() + begin);
    }
  };
  if (num_threads() == 1) return score(0, std::ssize(candidates), arena);
  parallel_for(std::ssize(candidates), kTargets, [&](std::int64_t begin, std::int64_t end) {
    Arena own;
    score(begin, end, own);
  });
}

void Dien::score_some(std::int32_t user, const InterestEvolvingLayer::SharedAlone& shared,
                      std::span<const std::int32_t> targets, Arena& arena, float* scores) const {
  const Arena::Scope scope(arena);
  const std::int64_t count = std::ssize(targets), width = item_embedding_.width(), of_user = user_embedding_.width();
  float* queries = arena.take<float>(count * width).data();
  float* evolution = arena.take<float>(count * width).data();
  alone::gather_rows(targets, alone_items_.data<float>(), width, queries);
  interest_evolution_.alone(shared, count, queries, arena, evolution);

  float* all = arena.take<float>(count * (2 * width + of_user)).data();
  float* to = all;
  for (std::int64_t i = 0; i < count; ++i) {
    to = std::copy_n(evolution + i * width, width, to);
    to = std::copy_n(queries + i * width, width, to);
    to = std::copy_n(alone_users_.data<float>() + user * of_user, of_user, to);
  }
  float* hidden = arena.take<float>(count * alone_predict_.in()).data();
  dnn_mlp_layers_.alone(count, all, arena, hidden);
  alone_predict_(count, hidden, scores);
  alone::unary(Unary::Sigmoid, count, scores, scores);
}

void Dien::recommend_alone(std::span<const OneWindow> windows, std::int64_t k, Arena& arena,
                           std::span<std::int32_t> items, std::span<float> scores) const {
  for (const OneWindow& window : windows) {
    const Arena::Scope scope(arena);
    std::span<std::int32_t> all = arena.take<std::int32_t>(n_items_ - 1);
    std::size_t count = 0;
    for (std::int32_t item = 1; item < n_items_; ++item)
      if (!std::ranges::binary_search(window.excluded, item)) all[count++] = item;
    all = all.first(count);
    const std::span<float> of_all = arena.take<float>(std::ssize(all));
    score_window(window, all, arena, of_all);

    const auto best = items.first(static_cast<std::size_t>(k));
    alone::topk(of_all, arena, scores.first(best.size()), best.data());
    for (std::int32_t& item : best)
      if (item >= 0) item = all[static_cast<std::size_t>(item)];
    items = items.subspan(best.size());
    scores = scores.subspan(best.size());
  }
}

}  // namespace seqrec::models
