// An evaluation that keeps what it finds about each row.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/parallel.h"
#include "kernels/copy.h"
#include "kernels/topk.h"
#include "models/model_file.h"
#include "train/evaluator.h"
#include "train/masked_items.h"
#include "train/message.h"
#include "train/scoring.h"

namespace seqrec::train {
namespace {

using data::Row;
using models::SequentialRecommender;
using Mode = data::EvalMode::Kind;

/// Scores that are kept at once, and rows that share the reading of a large catalogue whatever their scores take.
constexpr std::int64_t kScoresOfRows = 1 << 22, kLeastRows = 16;

/// Appends to the first process' rows those of the others.
void gather(Team& team, RowResults& rows) {
  const auto own = [&] {
    MessageWriter message;
    const auto add = [&]<class T>(const std::vector<T>& values) { message.add(std::span<const T>(values)); };
    each_column(rows, [&](const char*, const auto& values) { add(values); });
    add(rows.negative_scores);
    add(rows.lists);
    return message.take();
  };
  team.gather(own, [&](const dist::Message& message) {
    MessageReader part(message);
    const auto before = static_cast<std::ptrdiff_t>(rows.group.size());
    const auto groups = static_cast<std::int32_t>(rows.groups());
    each_column(rows, [&](const char*, auto& values) { part.append_to(values); });
    part.append_to(rows.negative_scores);
    part.append_to(rows.lists);
    std::for_each(rows.group.begin() + before, rows.group.end(), [&](std::int32_t& group) { group += groups; });
  });
}

/// A target's place among the candidates.
struct Rank {
  std::int32_t optimistic = 1, rank = 1, pessimistic = 1, candidates = 0;
};

void add_rank(RowResults& out, const Rank& rank, std::int64_t group) {
  out.rank.push_back(rank.rank);
  out.optimistic.push_back(rank.optimistic);
  out.pessimistic.push_back(rank.pessimistic);
  out.candidates.push_back(rank.candidates);
  out.group.push_back(static_cast<std::int32_t>(group));
}

/// Where the target stands among all items but the masked ones, and those then at -infinity.
template <class T>
Rank rank_in_catalogue(std::span<T> scores, std::int32_t target, std::span<const std::int32_t> masked) {
  const T own = scores[static_cast<std::size_t>(target)];
  std::int32_t better = 0, equal = 0, equal_before = 0;
  bool nan = false;
  for (std::size_t item = 1; item < scores.size(); ++item) {
    better += scores[item] > own;
    equal += scores[item] == own;
    nan |= std::isnan(scores[item]);
  }
  for (std::int32_t item = 1; item < target; ++item) equal_before += scores[static_cast<std::size_t>(item)] == own;
  require<NumericError>(!nan, "the model's scores hold a NaN");
  for (const std::int32_t item : masked) {
    T& score = scores[static_cast<std::size_t>(item)];
    better -= score > own;
    equal -= score == own;
    equal_before -= item < target && score == own;
    score = -std::numeric_limits<T>::infinity();
  }
  scores[0] = -std::numeric_limits<T>::infinity();
  return {1 + better, 1 + better + equal_before, better + equal,
          static_cast<std::int32_t>(scores.size() - 1 - masked.size())};
}

/// Ranks of some rows' targets by their scores [rows, n_items], which are masked, and the rows' lists.
template <class T>
void add_ranked(const data::Dataset& dataset, std::span<const Row> rows, bool mask, Tensor scores, RowResults& out) {
  const std::int64_t n_items = dataset.n_items();
  std::vector<Rank> ranks(rows.size());
  std::vector<std::vector<std::int32_t>> masked(rows.size());
  std::vector<float> own(rows.size());
  if (mask) {
    MaskedItems items(dataset);
    for (std::size_t i = 0; i < rows.size(); ++i) items.add_to(masked[i], rows[i]);
  }
  parallel_for(std::ssize(rows), 8, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const std::span<T> of_row(scores.data<T>() + static_cast<std::int64_t>(i) * n_items,
                                static_cast<std::size_t>(n_items));
      const std::int32_t target = dataset.target(rows[i]);
      own[i] = static_cast<float>(of_row[static_cast<std::size_t>(target)]);
      ranks[i] = rank_in_catalogue(of_row, target, masked[i]);
    }
  });
  Tensor values({std::ssize(rows), out.k}, scores.dtype()), ids({std::ssize(rows), out.k}, DType::I32);
  kernels::topk(scores, out.k, values, ids);
  const std::vector<std::int32_t> lists = ids.to_vector<std::int32_t>();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out.score.push_back(own[i]);
    add_rank(out, ranks[i], std::ssize(out.group));
    for (std::int64_t j = 0; j < out.k; ++j) {
      const std::int32_t item = lists[i * static_cast<std::size_t>(out.k) + static_cast<std::size_t>(j)];
      const bool listed = item > 0 && !std::binary_search(masked[i].begin(), masked[i].end(), item);
      out.lists.push_back(listed ? item : -1);
    }
  }
}

}  // namespace

RowResults Evaluator::evaluate_rows(SequentialRecommender& model, const std::string& model_name, std::int64_t round,
                                    const RowsDone& done, Team* team) const {
  const EvalScope scope(model);
  require<DataError>(rows() > 0, "there are no rows to evaluate");
  RowResults out;
  out.model = model_name;
  out.dataset = dataset_->name;
  out.mode = mode_;
  out.eval_mode = eval_mode_;
  out.protocol = protocol_;
  out.choice = choice_;
  out.decimal_places = decimal_places_;
  out.user_fingerprint = models::fingerprint(dataset_->users);
  out.item_fingerprint = models::fingerprint(dataset_->items);
  out.k = mode_ == Mode::Labeled ? 0 : choice_.longest(dataset_->n_items() - 1);
  out.catalogue = catalogue_;
  const std::vector<std::int64_t> popularity = data::trained_counts(*dataset_);
  each_batch(done, team, [&](std::int64_t step) {
    for (const Row row : batches_.rows(step)) {
      out.place.push_back(dataset_->offsets[row.history] + row.position);
      out.user.push_back(dataset_->user(row));
      out.target.push_back(dataset_->target(row));
      out.history_length.push_back(static_cast<std::int32_t>(dataset_->before(row).size()));
      out.popularity.push_back(static_cast<std::int32_t>(popularity[out.target.back()]));
      if (mode_ == Mode::Labeled) out.label.push_back(dataset_->labels[out.place.back()]);
    }
    if (mode_ == Mode::Full) {
      rows_full(model, step, out);
      return;
    }
    const Batch batch = batches_.batch(step, round);
    if (mode_ == Mode::Sampled) {
      rows_sampled(batch, score_candidates(model, batch), step, out);
      return;
    }
    for (const double score : to_doubles(model.predict(batch))) out.score.push_back(static_cast<float>(score));
  });
  if (team && team->is_shared()) gather(*team, out);
  return out;
}

void Evaluator::rows_full(SequentialRecommender& model, std::int64_t step, RowResults& out) const {
  const std::vector<Row> of_step = batches_.rows(step);
  const std::span<const Row> rows = of_step;
  const auto at_once = static_cast<std::size_t>(std::max(kLeastRows, kScoresOfRows / dataset_->n_items()));
  for (std::size_t begin = 0; begin < rows.size(); begin += at_once) {
    const auto part = rows.subspan(begin, std::min(at_once, rows.size() - begin));
    const Tensor scores =
        kernels::contiguous(kernels::to_device(model.full_sort_predict(data::make_batch(*dataset_, part)), kCpu));
    scores.dtype() == DType::F32 ? add_ranked<float>(*dataset_, part, mask_history_, scores, out)
                                 : add_ranked<double>(*dataset_, part, mask_history_, scores, out);
  }
}

void Evaluator::rows_sampled(const Batch& batch, const Tensor& scores, std::int64_t step, RowResults& out) const {
  const std::vector<double> values = to_doubles(scores);
  const auto group = static_cast<std::size_t>(1 + batch.negatives_per_row());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto score = static_cast<float>(values[i]);
    if (i % group == 0)
      out.score.push_back(score);
    else if (choice_.needs(MetricInfo::Kind::Value))
      out.negative_scores.push_back(score);
  }
  Rankings lists;
  lists.k = out.k;
  each_sampled_group(batch, values, step, [&](std::span<const Row> rows, std::vector<Candidate>& candidates) {
    add_user(lists, candidates);  // which puts them in order
    const std::int64_t number = out.groups();
    for (const Row row : rows) {
      const std::int32_t target = dataset_->target(row);
      const auto found = std::find_if(candidates.begin(), candidates.end(),
                                      [&](const Candidate& candidate) { return candidate.item == target; });
      const auto [first, last] = std::equal_range(candidates.begin(), candidates.end(), *found,
                                                  [](const auto& a, const auto& b) { return a.score > b.score; });
      const auto at = [&](auto place) { return static_cast<std::int32_t>(place - candidates.begin()); };
      add_rank(out, {at(first) + 1, at(found) + 1, at(last), static_cast<std::int32_t>(candidates.size())}, number);
    }
  });
  out.lists.insert(out.lists.end(), lists.items.begin(), lists.items.end());
}

}  // namespace seqrec::train
