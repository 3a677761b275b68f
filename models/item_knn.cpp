#include "models/item_knn.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "core/error.h"
#include "kernels/build.h"

namespace seqrec::models {
namespace {

FittedTensors fit_item_knn(const ModelSpec& spec, const TrainingSessions& sessions) {
  if constexpr (!kTraining) return {};
  std::vector<std::int64_t> offsets{0};
  std::vector<std::int32_t> items;
  for (std::int64_t s = 0; s < sessions.size(); ++s) {
    if (sessions.repeated[s]) continue;
    const auto session = sessions.session(s);
    const auto first = items.insert(items.end(), session.begin(), session.end());
    std::sort(first, items.end());
    items.erase(std::unique(first, items.end()), items.end());
    offsets.push_back(std::ssize(items));
  }
  FittedTensors fitted = fit_counts(spec, sessions);
  fitted.emplace_back("session_offsets", Tensor::from(offsets, {std::ssize(offsets)}));
  fitted.emplace_back("session_items", Tensor::from(items, {std::ssize(items)}));
  return fitted;
}

}  // namespace

class ItemKnn::Neighbors final : public Scorer {
 public:
  Neighbors(const ItemKnn& model, Arena& arena)
      : model_(model),
        places_(zeros<std::int64_t>(model.sessions(), arena)),
        step_(arena.take<std::int32_t>(model.sessions())),
        score_(zeros<double>(model.n_items(), arena)),
        touched_(arena.take<std::int32_t>(model.sessions())),
        found_(arena.take<std::int32_t>(model.sessions())),
        items_(arena.take<std::int32_t>(model.n_items())) {}

  std::span<Scored> own_scores(std::span<const std::int32_t> window, Arena& arena) override {
    n_touched_ = 0;
    const double scale = find_candidates(window);
    std::size_t n_items = 0;
    for (const std::int32_t s : nearest()) {
      const double vote = static_cast<double>(places_[s]) / (step_[s] * scale);
      for (std::int64_t place = model_.offsets_[s]; place < model_.offsets_[s + 1]; ++place) {
        double& score = score_[model_.items_[place]];
        if (score == 0) items_[n_items++] = model_.items_[place];
        score += vote;
      }
    }
    const std::span<Scored> out = arena.take<Scored>(static_cast<std::int64_t>(n_items));
    for (std::size_t i = 0; i < n_items; ++i)
      out[i] = {items_[i], static_cast<float>(1 + std::exchange(score_[items_[i]], 0.0))};
    for (const std::int32_t s : touched_.first(n_touched_)) places_[s] = 0;
    return out;
  }

 private:
  template <class T>
  static std::span<T> zeros(std::int64_t n, Arena& arena) {
    const std::span<T> out = arena.take<T>(n);
    std::ranges::fill(out, T{});
    return out;
  }

  /// The sessions that share an item with the window, as far as they may be among the last `sample_size` of them: who
  /// is, is among the last of each of its items. An item counts where it stands last, and a session's step is that of
  /// the first item that finds it, from the window's end. Returns what places_ is to be divided by for the similarity.
  double find_candidates(std::span<const std::int32_t> window) {
    const auto length = std::ssize(window);
    std::int64_t different = 0;
    for (std::int64_t place = length; place >= 1; --place) {
      const std::int32_t item = window[place - 1];
      const auto after = window.subspan(static_cast<std::size_t>(place));
      if (std::ranges::find(after, item) != after.end()) continue;
      ++different;
      const std::int64_t end = model_.item_offsets_[item + 1];
      const std::int64_t all = end - model_.item_offsets_[item];
      for (std::int64_t i = end - std::min(all, static_cast<std::int64_t>(model_.sample_size_)); i < end; ++i) {
        const std::int32_t s = model_.sessions_[i];
        if (places_[s] == 0) {
          touched_[n_touched_++] = s;
          step_[s] = static_cast<std::int32_t>(length - place + 1);
        }
        places_[s] += place;
      }
    }
    return static_cast<double>(length) * static_cast<double>(different);
  }

  /// Of the last `sample_size` candidates the most similar ones, best first.
  std::span<const std::int32_t> nearest() {
    const auto closer = [this](std::int32_t a, std::int32_t b) {
      return places_[a] != places_[b] ? places_[a] > places_[b] : a > b;
    };
    std::span<std::int32_t> found = found_.first(n_touched_);
    std::ranges::copy(touched_.first(n_touched_), found.begin());
    found = first(found, model_.sample_size_, std::greater<>());
    found = first(found, model_.neighbors_, closer);
    std::ranges::sort(found, closer);
    return found;
  }

  template <class Before>
  static std::span<std::int32_t> first(std::span<std::int32_t> of, std::size_t most, Before before) {
    if (of.size() <= most) return of;
    std::ranges::nth_element(of, of.begin() + static_cast<std::ptrdiff_t>(most), before);
    return of.first(most);
  }

  const ItemKnn& model_;
  std::span<std::int64_t> places_;   // [sessions] sum of the shared items' places: equal ones are so exactly
  std::span<std::int32_t> step_;     // [sessions]
  std::span<double> score_;          // by item, 0 between two windows
  std::span<std::int32_t> touched_;  // the sessions that share an item with the window
  std::size_t n_touched_ = 0;
  std::span<std::int32_t> found_;  // memory for the nearest
  std::span<std::int32_t> items_;  // that have a score
};

ItemKnn::ItemKnn(const ModelSpec& spec, nn::Scope at) : FittedModel(spec, std::move(at)) {
  const HyperParameters keys(spec.hyper_parameters);
  neighbors_ = static_cast<std::size_t>(keys.get_int("neighbors"));
  sample_size_ = static_cast<std::size_t>(keys.get_int("sample_size"));
  const auto [offsets, items] = take_lists(spec, "session", -1);
  offsets_ = offsets.span<std::int64_t>();
  items_ = items.span<std::int32_t>();
  require<FormatError>(offsets_.size() <= std::numeric_limits<std::int32_t>::max(), "there are ", offsets_.size() - 1,
                       " sessions, more than fit 31 bits");
  item_offsets_.resize(static_cast<std::size_t>(spec.n_items) + 1);
  for (const std::int32_t item : items_) ++item_offsets_[item + 1];
  for (std::size_t item = 1; item < item_offsets_.size(); ++item) item_offsets_[item] += item_offsets_[item - 1];
  sessions_.resize(items_.size());
  std::vector<std::int64_t> next(item_offsets_.begin(), item_offsets_.end() - 1);
  for (std::int64_t s = 0; s + 1 < std::ssize(offsets_); ++s)
    for (std::int64_t place = offsets_[s]; place < offsets_[s + 1]; ++place)
      sessions_[next[items_[place]]++] = static_cast<std::int32_t>(s);
}

FittedModel::Scorer& ItemKnn::scorer(Arena& arena) const {
  return *std::construct_at(arena.take<Neighbors>(1).data(), *this, arena);
}

ModelInfo item_knn_info() {
  return {.name = "ItemKNN",
          .keys = {FittedModel::remind_key(),
                   Key::integer("neighbors", 100, {.min = 1}, "how many of the most similar sessions recommend"),
                   Key::integer("sample_size", 1000, {.min = 1},
                                "among how many of the last sessions that share an item they are sought")},
          .make = maker<ItemKnn>,
          .fit = fit_item_knn};
}

}  // namespace seqrec::models
