#include "models/fitted_model.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/parallel.h"
#include "kernels/build.h"
#include "kernels/copy.h"

namespace seqrec::models {
namespace {

constexpr const char* kCounts = "item_counts";
constexpr const char* kRepeats = "repeats";
/// Rows that one scorer scores.
constexpr std::int64_t kRowsAtOnce = 128;
/// Where fewer training targets than one in so many stand in their own window, items are not taken again.
constexpr double kRareRepeat = 100;

bool reminds(const Json& remind, std::span<const std::int64_t> repeats) {
  return remind.is_null()
             ? repeats[0] > 0 && static_cast<double>(repeats[0]) * kRareRepeat >= static_cast<double>(repeats[1])
             : remind.as_bool();
}

using ItemIds = std::span<const std::int32_t>;

ItemIds sorted(ItemIds ids, Arena& arena) {
  const std::span<std::int32_t> out = arena.copy(ids);
  std::ranges::sort(out);
  return out;
}

bool holds(ItemIds ascending, std::int32_t id) { return std::ranges::binary_search(ascending, id); }

ItemIds window_of(const Batch& batch, std::int64_t row) {
  return batch.items.host().subspan(batch.windows.begin()[row], batch.windows.length(row));
}

}  // namespace

/// Windows, scored one at a time: `own` are the last one's own scores, by item.
class FittedModel::Rows {
 public:
  Rows(const FittedModel& model, Arena& arena) : model_(model), arena_(arena), scorer_(model.scorer(arena)) {}

  void score(ItemIds window) {
    of_window_.reset();
    of_window_.emplace(arena_);
    seen_ = model_.remind_ ? ItemIds() : sorted(window, arena_);
    const std::span<Scored> own = window.empty() ? std::span<Scored>() : scorer_.own_scores(window, arena_);
    own_ = without(own, seen_);
    std::ranges::sort(own_, {}, &Scored::item);
  }

  const Scored* own(std::int32_t item) const {
    const auto found = std::ranges::lower_bound(own_, item, {}, &Scored::item);
    return found != own_.end() && found->item == item ? &*found : nullptr;
  }
  float operator[](std::int32_t item) const {
    if (const Scored* scored = own(item)) return scored->score;
    return model_.popularity(item) - (holds(seen_, item) ? 1.0F : 0.0F);
  }
  /// The scores of all items.
  void copy_to(std::span<float> scores) const {
    std::ranges::copy(model_.popularity_, scores.begin());
    for (const std::int32_t item : seen_) scores[item] = model_.popularity(item) - 1.0F;
    for (const Scored& scored : own_) scores[scored.item] = scored.score;
  }

  /// The best but for those excluded, ascending, as many as there is room for: where there are fewer, -1 and -infinity.
  void best(ItemIds excluded, std::span<std::int32_t> items, std::span<float> scores) const {
    const Arena::Scope scope(arena_);
    const std::span<Scored> list = without(arena_.copy(std::span<const Scored>(own_)), excluded);
    std::size_t count = std::min(items.size(), list.size());
    const auto first = [](const Scored& a, const Scored& b) {
      return a.score != b.score ? a.score > b.score : a.item < b.item;
    };
    std::ranges::partial_sort(list, list.begin() + static_cast<std::ptrdiff_t>(count), first);
    for (std::size_t i = 0; i < count; ++i) {
      items[i] = list[i].item;
      scores[i] = list[i].score;
    }
    for (const bool seen : {false, true})
      for (std::size_t next = 0;
           next < model_.by_popularity_.size() && count < items.size() && (!seen || !seen_.empty()); ++next) {
        const std::int32_t item = model_.by_popularity_[next];
        if (holds(seen_, item) != seen || own(item) || holds(excluded, item)) continue;
        items[count] = item;
        scores[count++] = (*this)[item];
      }
    std::fill(items.begin() + static_cast<std::ptrdiff_t>(count), items.end(), -1);
    std::fill(scores.begin() + static_cast<std::ptrdiff_t>(count), scores.end(),
              -std::numeric_limits<float>::infinity());
  }

 private:
  /// Those that are not among some items, ascending, in their order and place.
  static std::span<Scored> without(std::span<Scored> list, ItemIds items) {
    const auto end =
        std::remove_if(list.begin(), list.end(), [&](const Scored& one) { return holds(items, one.item); });
    return {list.begin(), end};
  }

  const FittedModel& model_;
  Arena& arena_;
  Scorer& scorer_;
  std::optional<Arena::Scope> of_window_;
  ItemIds seen_;           // ascending; empty if the model reminds
  std::span<Scored> own_;  // by item
};

FittedModel::FittedModel(const ModelSpec& spec, nn::Scope at) : SequentialRecommender(at), at_(std::move(at)) {
  const auto counts = take(spec, kCounts, DType::I64, {spec.n_items}).span<std::int64_t>();
  const auto repeats = take(spec, kRepeats, DType::I64, {2}).span<std::int64_t>();
  require<FormatError>(counts[0] == 0 && std::ranges::min(counts) >= 0, kCounts,
                       " must be 0 for padding and from 0 on for all others");
  require<FormatError>(repeats[0] >= 0 && repeats[0] <= repeats[1], kRepeats,
                       " must be a number of targets from 0 on and the number of all, got ", repeats[0], " and ",
                       repeats[1]);
  remind_ = reminds(*spec.hyper_parameters.find("remind"), repeats);
  const double divisor = 2 * (1 + static_cast<double>(std::ranges::max(counts)));
  for (const std::int64_t count : counts)
    popularity_.push_back(static_cast<float>(static_cast<double>(count) / divisor));
  by_popularity_.resize(counts.size() - 1);
  std::iota(by_popularity_.begin(), by_popularity_.end(), 1);
  std::sort(by_popularity_.begin(), by_popularity_.end(),
            [&](std::int32_t a, std::int32_t b) { return counts[a] != counts[b] ? counts[a] > counts[b] : a < b; });
}

Key FittedModel::remind_key() {
  Key key = Key::boolean("remind", nullptr,
                         "whether items of the window may be recommended again; ~: if one training target in 100 or "
                         "more stands in its window");
  return key;
}

Variable FittedModel::calculate_loss(const Batch& /*batch*/) {
  if constexpr (!kTraining) return {};
  throw UsageError("a fitted model has no loss: there is nothing to train");
}

Tensor FittedModel::predict_candidates(const Batch& batch, const Ragged& candidates) {
  if constexpr (!kTraining) return {};
  const Index items = in_order(candidates, batch);
  Tensor scores({candidates.rows.entries()});
  const auto out = scores.span<float>();
  const auto offsets = candidates.rows.offsets();
  parallel_for(batch.rows(), kRowsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    Arena arena;
    Rows rows(*this, arena);
    for (std::int64_t row = begin; row < end; ++row) {
      rows.score(window_of(batch, row));
      for (std::int64_t entry = offsets[row]; entry < offsets[row + 1]; ++entry) out[entry] = rows[items[entry]];
    }
  });
  return kernels::convert(scores, at_.dtype());
}

Tensor FittedModel::full_sort_predict(const Batch& batch) {
  if constexpr (!kTraining) return {};
  const auto n_items = popularity_.size();
  Tensor scores({batch.rows(), std::ssize(popularity_)});
  const auto out = scores.span<float>();
  parallel_for(batch.rows(), kRowsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    Arena arena;
    Rows rows(*this, arena);
    for (std::int64_t row = begin; row < end; ++row) {
      rows.score(window_of(batch, row));
      rows.copy_to(out.subspan(static_cast<std::size_t>(row) * n_items, n_items));
    }
  });
  return kernels::convert(scores, at_.dtype());
}

Recommendations FittedModel::recommend(const Batch& batch, std::int64_t k, const Ragged& excluded) {
  if constexpr (!kTraining) return {};
  Tensor items({batch.rows(), k}, DType::I32), scores({batch.rows(), k});
  const auto item_at = items.span<std::int32_t>();
  const auto score_at = scores.span<float>();
  const auto count = static_cast<std::size_t>(k);
  parallel_for(batch.rows(), kRowsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    Arena arena;
    Rows rows(*this, arena);
    for (std::int64_t row = begin; row < end; ++row) {
      rows.score(window_of(batch, row));
      const auto place = static_cast<std::size_t>(row) * count;
      const ItemIds left_out = excluded.empty() ? ItemIds() : sorted(excluded[row], arena);
      rows.best(left_out, item_at.subspan(place, count), score_at.subspan(place, count));
    }
  });
  return {items, kernels::convert(scores, at_.dtype())};
}

bool FittedModel::answers_alone() const { return at_.dtype() == DType::F32 && at_.device() == kCpu; }

void FittedModel::recommend_alone(std::span<const OneWindow> windows, std::int64_t k, Arena& arena,
                                  std::span<std::int32_t> items, std::span<float> scores) const {
  const Arena::Scope scope(arena);
  Rows rows(*this, arena);
  const auto count = static_cast<std::size_t>(k);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    rows.score(windows[i].items);
    rows.best(windows[i].excluded, items.subspan(i * count, count), scores.subspan(i * count, count));
  }
}

void FittedModel::score_alone(std::span<const OneWindow> windows, std::span<const std::int32_t> offsets,
                              std::span<const std::int32_t> candidates, Arena& arena, std::span<float> scores) const {
  const Arena::Scope scope(arena);
  Rows rows(*this, arena);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    rows.score(windows[i].items);
    for (auto entry = static_cast<std::size_t>(offsets[i]); entry < static_cast<std::size_t>(offsets[i + 1]); ++entry)
      scores[entry] = rows[candidates[entry]];
  }
}

Tensor FittedModel::take(const ModelSpec& spec, const std::string& name, DType dtype, const Shape& shape) {
  const auto found = std::ranges::find(spec.fitted, name, &FittedTensors::value_type::first);
  require<FormatError>(found != spec.fitted.end(), "tensor ", name, " is missing: ", spec.model,
                       " is fitted to data, by seqrec train");
  const Tensor& tensor = found->second;
  bool fits = tensor.dtype() == dtype && tensor.rank() == shape.rank();
  for (int axis = 0; fits && axis < shape.rank(); ++axis) fits = shape[axis] < 0 || shape[axis] == tensor.size(axis);
  require<FormatError>(fits, "tensor ", name, ": expected ", dtype, " ", shape, ", got ", tensor.dtype(), " ",
                       tensor.shape());
  return at_.buffer(name, kernels::contiguous(tensor));
}

std::pair<Tensor, Tensor> FittedModel::take_lists(const ModelSpec& spec, const std::string& name, std::int64_t rows) {
  const Tensor offsets = take(spec, name + "_offsets", DType::I64, {rows < 0 ? rows : rows + 1});
  const Tensor items = take(spec, name + "_items", DType::I32, {-1});
  const auto ends = offsets.span<std::int64_t>();
  const auto ids = items.span<std::int32_t>();
  require<FormatError>(
      !ends.empty() && ends.front() == 0 && std::ranges::is_sorted(ends) && ends.back() == std::ssize(ids), name,
      "_offsets must ascend from 0 to the number of items, ", ids.size());
  for (std::size_t row = 0; row + 1 < ends.size(); ++row)
    for (std::int64_t place = ends[row], last = 0; place < ends[row + 1]; last = ids[place++])
      require<FormatError>(ids[place] > last && ids[place] < spec.n_items, name, "_items: item id ", ids[place], " at ",
                           place, ", expected ascending ids of a row from 1 to ", spec.n_items - 1);
  return {offsets, items};
}

FittedTensors fit_counts(const ModelSpec& spec, const TrainingSessions& sessions) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(spec.n_items)), repeats(2);
  std::vector<std::int64_t> last_in(counts.size(), -1);  // the last session that an item was met in
  for (std::int64_t s = 0; s < sessions.size(); ++s)
    for (std::int64_t place = sessions.offsets[s]; place < sessions.offsets[s + 1]; ++place) {
      const std::int32_t item = sessions.items[place];
      const bool again = std::exchange(last_in[item], s) == s;
      if (!sessions.is_target[place]) continue;
      ++counts[item];
      ++repeats[1];
      repeats[0] += again;
    }
  return {{kCounts, Tensor::from(counts, {std::ssize(counts)})}, {kRepeats, Tensor::from(repeats, {2})}};
}

}  // namespace seqrec::models
