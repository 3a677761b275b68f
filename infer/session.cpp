#include "infer/session.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "autograd/variable.h"
#include "core/shown.h"
#include "kernels/copy.h"
#include "kernels/cuda.h"
#include "kernels/visit.h"

namespace seqrec::infer {
namespace {

/// Bounds of what is computed at once: rows, and scores kept.
constexpr std::size_t kMaxRows = 256;
constexpr std::int64_t kMaxScores = std::int64_t{1} << 22;

std::vector<std::int32_t> sorted_set(std::vector<std::int32_t> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

template <class F>
void visit_scores(const Tensor& scores, F&& f) {
  kernels::visit_real(scores.dtype(), "scores", [&](auto zero) {
    using T = decltype(zero);
    f(scores.span<T>());
  });
}

models::LoadedModel load(const SafetensorsReader& file, const SessionOptions& options) {
  if (options.device != kCpu) kernels::cuda::open(options.device);
  models::LoadedModel loaded = models::load_model(file, options.dtype, options.device);
  // What pre-training learns is no ranking yet: to answer would be to guess.
  require<FormatError>(loaded.model->can_rank(), file.file(), ": this ", loaded.file.spec.model,
                       " is only pre-trained, and can't recommend before it is fine-tuned: train_stage finetune, with "
                       "this file as pre_model_path");
  return loaded;
}

void check_finite(double score) {
  require<NumericError>(std::isfinite(score), "the model gave a score of ", score,
                        ": its parameters are too large for its arithmetic");
}

}  // namespace

/// A request in ids, and its answer in the making.
struct Session::Prepared {
  std::int32_t user = 0;
  std::vector<std::int32_t> window;    // oldest first
  std::vector<std::int32_t> excluded;  // ascending
  const ItemSet* candidates = nullptr;
  std::int64_t k = 0;
  Answer answer;
};

namespace {

/// One window a request, one after the other.
template <class P>
Batch make_batch(std::span<const P> block) {
  std::vector<std::int32_t> items, value_users, offsets{0}, users;
  for (const P& request : block) {
    items.insert(items.end(), request.window.begin(), request.window.end());
    value_users.resize(items.size(), request.user);
    offsets.push_back(static_cast<std::int32_t>(items.size()));
    users.push_back(request.user);
  }
  Batch batch;
  batch.items = Index(std::move(items));
  batch.value_users = Index(std::move(value_users));
  batch.windows = Windows::adjacent(std::move(offsets));
  batch.users = Index(std::move(users));
  return batch;
}

}  // namespace

Session::Session(const std::filesystem::path& model_file, SessionOptions options)
    : Session(SafetensorsReader(model_file), options) {}

Session::Session(const SafetensorsReader& model_file, SessionOptions options)
    : Session(load(model_file, options), options) {}

Session::Session(models::LoadedModel loaded, SessionOptions options)
    : loaded_(std::move(loaded)), options_(options), max_length_(loaded_.file.max_item_list_length()) {
  loaded_.model->eval();
  loaded_.model->set_mean_user();
  loaded_.model->freeze();
}

void Session::load_histories(const std::filesystem::path& path) { load_histories(SafetensorsReader(path)); }

void Session::load_histories(const SafetensorsReader& histories) {
  histories_ = models::Histories::load(histories, file().users, file().items);
}

ScoredItem Session::item(std::int32_t id, double score) const {
  const std::string_view title = file().titles.empty() ? std::string_view() : file().titles[id];
  return {id, file().items.token(id), title, score};
}

Tensor Session::item_vectors(std::int64_t begin, std::int64_t end) const {
  const auto turn = this->turn();
  const Tensor vectors = loaded_.model->item_vectors(begin, end);
  return vectors.defined() ? kernels::to_device(kernels::contiguous(vectors), kCpu) : vectors;
}

std::shared_ptr<const ItemSet> Session::items(std::span<const std::string> tokens) const {
  auto set = std::make_shared<ItemSet>();
  for (const std::string& token : tokens) {
    if (const auto id = file().items.find(token)) {
      set->ids.push_back(*id);
    } else {
      ++set->unknown;
    }
  }
  set->ids = sorted_set(std::move(set->ids));
  return set;
}

Session::Prepared Session::prepare(const Request& request) const {
  require<UsageError>(request.k >= 1, "k must be at least 1, got ", request.k);
  Prepared out;
  out.k = std::min<std::int64_t>(request.k, file().spec.n_items - 1);
  out.candidates = request.candidates.get();
  if (request.user) {
    const auto id = file().users.find(*request.user);
    out.answer.unknown_user = !id.has_value();
    require<UnknownUserError>(id || options_.unknown_user != UnknownUser::Error, "unknown user ",
                              shown(Json(*request.user).dump()));
    out.user = id.value_or(0);
  }

  std::span<const std::int32_t> seen;  // by the histories file
  if (histories_) seen = histories_->seen(out.user);
  if (request.history) {
    for (const std::string& token : *request.history) {
      if (const auto id = file().items.find(token)) {
        out.window.push_back(*id);
      } else {
        ++out.answer.unknown_items;
      }
    }
  } else {
    require<UsageError>(request.user.has_value(), "a request needs a user or a history");
    require<UsageError>(histories_.has_value(), "a request by user alone needs the histories file");
    const auto recent = histories_->recent(out.user);
    out.window.assign(recent.begin(), recent.end());
  }
  if (out.window.empty() && options_.empty_history == EmptyHistory::Error) {
    require<EmptyHistoryError>(request.history || !out.answer.unknown_user, "no history: user ",
                               shown(Json(request.user.value_or("")).dump()), " is unknown to the model");
    throw EmptyHistoryError(out.answer.unknown_items > 0 ? "no item of the history is known to the model"
                                                         : "the history is empty");
  }

  if (request.exclude_seen) {
    out.excluded = out.window;
    out.excluded.insert(out.excluded.end(), seen.begin(), seen.end());
  }
  if (request.exclude) {
    out.excluded.insert(out.excluded.end(), request.exclude->ids.begin(), request.exclude->ids.end());
  }
  out.excluded = sorted_set(std::move(out.excluded));
  const auto length = std::ssize(out.window);
  if (length > max_length_) out.window.erase(out.window.begin(), out.window.begin() + (length - max_length_));
  return out;
}

void Session::give(Answer& answer, std::int32_t id, double score) const {
  check_finite(score);
  answer.items.push_back(item(id, score));
}

Tensor Session::candidate_scores(std::span<const Prepared> block, const Ragged& items) const {
  const autograd::NoGrad no_grad;
  const auto turn = this->turn();
  const Tensor scores = loaded_.model->predict_candidates(make_batch(block), items);
  return kernels::to_device(kernels::contiguous(scores), kCpu);
}

std::unique_lock<std::mutex> Session::turn() const {
  return options_.device == kCpu ? std::unique_lock<std::mutex>() : std::unique_lock(*turns_);
}

/// The best of the whole catalogue, without keeping its scores.
void Session::answer_catalogue(std::span<Prepared> block) const {
  std::int64_t k = 0;
  std::vector<std::int32_t> offsets{0}, excluded;
  for (const Prepared& request : block) {
    k = std::max(k, request.k);
    excluded.insert(excluded.end(), request.excluded.begin(), request.excluded.end());
    offsets.push_back(static_cast<std::int32_t>(excluded.size()));
  }
  if (k == 0) return;  // an empty catalogue

  const autograd::NoGrad no_grad;
  const auto turn = this->turn();
  const Ragged left_out = excluded.empty() ? Ragged{} : Ragged{Windows::adjacent(std::move(offsets)), Index(excluded)};
  const auto best = loaded_.model->recommend(make_batch(std::span<const Prepared>(block)), k, left_out);
  const std::vector<std::int32_t> ids = best.items.to_vector<std::int32_t>();
  visit_scores(kernels::to_device(best.scores, kCpu), [&](auto scores) {
    for (std::size_t row = 0; row < block.size(); ++row) {
      const auto first = row * static_cast<std::size_t>(k);
      const auto last = first + static_cast<std::size_t>(block[row].k);
      for (std::size_t i = first; i < last && ids[i] > 0; ++i) {
        give(block[row].answer, ids[i], static_cast<double>(scores[i]));
      }
    }
  });
}

/// The best of given items.
void Session::answer_candidates(std::span<Prepared> block) const {
  std::vector<std::int32_t> offsets{0}, candidates;
  for (const Prepared& request : block) {
    std::set_difference(request.candidates->ids.begin(), request.candidates->ids.end(), request.excluded.begin(),
                        request.excluded.end(), std::back_inserter(candidates));
    offsets.push_back(static_cast<std::int32_t>(candidates.size()));
  }
  const Tensor scores = candidate_scores(block, {Windows::adjacent(offsets), Index(candidates)});
  visit_scores(scores, [&](auto scores_of) {
    for (std::size_t row = 0; row < block.size(); ++row) {
      Prepared& request = block[row];
      std::vector<std::pair<double, std::int32_t>> found;  // (-score, id): ascending is best first
      for (auto i = static_cast<std::size_t>(offsets[row]); i < static_cast<std::size_t>(offsets[row + 1]); ++i) {
        check_finite(static_cast<double>(scores_of[i]));
        found.emplace_back(-static_cast<double>(scores_of[i]), candidates[i]);
      }
      const auto k = std::min(std::ssize(found), request.k);
      std::partial_sort(found.begin(), found.begin() + k, found.end());
      found.resize(k);
      for (const auto& [negative, id] : found) give(request.answer, id, -negative);
    }
  });
}

void Session::answer(std::span<Prepared> block) const {
  for (Prepared& request : block) request.answer.items.clear();
  block.front().candidates ? answer_candidates(block) : answer_catalogue(block);
}

void Session::answer_alone(Prepared& request) const {
  try {
    answer({&request, 1});
  } catch (const NumericError& error) {
    request.answer.items.clear();
    request.answer.error = error.what();
  }
}

Answer Session::recommend(const Request& request) const {
  Prepared prepared = prepare(request);
  const std::span<Prepared> block(&prepared, 1);
  answer(block);
  return std::move(prepared.answer);
}

std::vector<Answer> Session::recommend(std::span<const Request> requests) const {
  std::vector<Answer> answers(requests.size());
  std::vector<Prepared> block;
  std::vector<std::size_t> places;  // of the block's requests
  std::int64_t most = 0;            // that one of them keeps
  const auto flush = [&] {
    if (block.empty()) return;
    try {
      answer(block);
    } catch (const NumericError&) {  // a score of one of them is not finite: one at a time
      for (Prepared& request : block) answer_alone(request);
    }
    for (std::size_t i = 0; i < block.size(); ++i) answers[places[i]] = std::move(block[i].answer);
    block.clear();
    places.clear();
    most = 0;
  };
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Prepared prepared;
    try {
      prepared = prepare(requests[i]);
    } catch (const UsageError& error) {
      answers[i].error = error.what();
      continue;
    }
    // A block is of one kind, and keeps at most kMaxScores scores and excluded items (or one request's).
    const std::int64_t kept =
        prepared.candidates ? std::ssize(prepared.candidates->ids) : prepared.k + std::ssize(prepared.excluded);
    const bool other_kind = !block.empty() && !prepared.candidates != !block.front().candidates;
    if (other_kind || block.size() >= kMaxRows || (std::ssize(block) + 1) * std::max(most, kept) > kMaxScores) flush();
    most = std::max(most, kept);
    block.push_back(std::move(prepared));
    places.push_back(i);
  }
  flush();
  return answers;
}

std::vector<std::optional<double>> Session::score(const Request& request, std::span<const std::string> items) const {
  const Prepared prepared = prepare(request);
  std::vector<std::int32_t> known;
  for (const std::string& item : items)
    if (const auto id = file().items.find(item)) known.push_back(*id);
  const Windows all = Windows::adjacent({0, static_cast<std::int32_t>(known.size())});
  const Tensor scores = candidate_scores({&prepared, 1}, {all, Index(known)});
  std::vector<std::optional<double>> result(items.size());
  visit_scores(scores, [&](auto scores_of) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (!file().items.find(items[i])) continue;
      result[i] = static_cast<double>(scores_of[next++]);
      check_finite(*result[i]);
    }
  });
  return result;
}

}  // namespace seqrec::infer
