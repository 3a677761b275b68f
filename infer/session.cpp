#include "infer/session.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "autograd/variable.h"
#include "core/parallel.h"
#include "core/shown.h"
#include "kernels/copy.h"
#include "kernels/cuda.h"
#include "kernels/precision.h"
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

Tensor on_cpu(const Tensor& tensor) {
  return tensor.defined() ? kernels::to_device(kernels::contiguous(tensor), kCpu) : tensor;
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

/// A request that is checked, and its answer in the making.
struct Session::Prepared {
  models::OneWindow window;
  const ItemSet* candidates = nullptr;
  std::span<ScoredId> best;  // room for the answer
  std::int64_t found = 0;

  std::int64_t k() const { return std::ssize(best); }
  void give(std::int32_t id, double score) {
    check_finite(score);
    best[static_cast<std::size_t>(found++)] = {id, score};
  }
};

namespace {

/// One window a request, one after the other.
template <class P>
Batch make_batch(std::span<const P> block) {
  std::vector<std::int32_t> items, value_users, offsets{0}, users;
  for (const P& request : block) {
    const models::OneWindow& window = request.window;
    items.insert(items.end(), window.items.begin(), window.items.end());
    value_users.resize(items.size(), window.user);
    offsets.push_back(static_cast<std::int32_t>(items.size()));
    users.push_back(window.user);
  }
  Batch batch;
  batch.items = Index(std::move(items));
  batch.value_users = Index(std::move(value_users));
  batch.windows = Windows::adjacent(std::move(offsets));
  batch.users = Index(std::move(users));
  return batch;
}

template <class P>
std::span<const models::OneWindow> windows_of(std::span<const P> block, Arena& arena) {
  const std::span<models::OneWindow> windows = arena.take<models::OneWindow>(std::ssize(block));
  std::ranges::transform(block, windows.begin(), &P::window);
  return windows;
}

/// Two ascending lists as one, where only one is kept that both have; one that is the other's company alone stays
/// where it is.
std::span<const std::int32_t> united(std::span<const std::int32_t> a, std::span<const std::int32_t> b, Arena& arena) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  const std::span<std::int32_t> both = arena.take<std::int32_t>(std::ssize(a) + std::ssize(b));
  return {both.begin(), std::set_union(a.begin(), a.end(), b.begin(), b.end(), both.begin())};
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
  return on_cpu(loaded_.model->item_vectors(begin, end));
}

Tensor Session::scoring_vectors(std::int64_t begin, std::int64_t end) const {
  const auto turn = this->turn();
  return on_cpu(loaded_.model->scoring_vectors(begin, end));
}

void Session::history_vector(const IdRequest& request, Workspace& workspace, std::span<float> out) const {
  Arena& arena = workspace.arena();
  const Arena::Scope scope(arena);
  const Prepared prepared = prepare(request, arena);
  if (answers_alone(1)) return loaded_.model->history_vector_alone(prepared.window, arena, out.data());
  const auto turn = this->turn();
  const Tensor vector = on_cpu(loaded_.model->history_vectors(make_batch(std::span(&prepared, 1))));
  visit_scores(vector, [&](auto values) { std::copy(values.begin(), values.end(), out.begin()); });
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

std::shared_ptr<const ItemSet> Session::items(std::span<const std::int32_t> ids) const {
  for (const std::int32_t id : ids) check_item(id);
  auto set = std::make_shared<ItemSet>();
  set->ids = sorted_set({ids.begin(), ids.end()});
  return set;
}

void Session::check_item(std::int32_t id) const {
  require<UsageError>(id >= 1 && id < file().spec.n_items, "no item has the id ", id);
}

IdRequest Session::look_up(const Request& request, Arena& arena, Answer& answer) const {
  IdRequest out;
  out.k = request.k;
  out.exclude_seen = request.exclude_seen;
  out.exclude = request.exclude.get();
  out.candidates = request.candidates.get();
  if (request.user) {
    const auto id = file().users.find(*request.user);
    answer.unknown_user = !id.has_value();
    out.user = id.value_or(0);
  }
  if (request.history) {
    const std::span<std::int32_t> ids = arena.take<std::int32_t>(std::ssize(*request.history));
    std::size_t known = 0;
    for (const std::string& token : *request.history) {
      if (const auto id = file().items.find(token))
        ids[known++] = *id;
      else
        ++answer.unknown_items;
    }
    out.history = ids.first(known);
  }
  check_asker(out, {request.user, answer.unknown_user, answer.unknown_items});
  return out;
}

void Session::check_asker(const IdRequest& request, const Asker& asker) const {
  const auto named = [&] { return shown(Json(std::string(asker.user.value_or(""))).dump()); };
  if (asker.unknown_user && options_.unknown_user == UnknownUser::Error)
    throw UnknownUserError(concat("unknown user ", named()));
  require<UsageError>(request.history || asker.user, "a request needs a user or a history");
  if (options_.empty_history != EmptyHistory::Error) return;
  if (!request.history && histories_ && asker.unknown_user)
    throw EmptyHistoryError(concat("no history: user ", named(), " is unknown to the model"));
  require<EmptyHistoryError>(!request.history || !request.history->empty() || asker.unknown_items == 0,
                             "no item of the history is known to the model");
}

Session::Prepared Session::prepare(const IdRequest& request, Arena& arena) const {
  require<UsageError>(request.k >= 1, "k must be at least 1, got ", request.k);
  require<UsageError>(request.user >= 0 && request.user < file().spec.n_users, "no user has the id ", request.user);
  require<UsageError>(request.history || histories_, "a request by user alone needs the histories file");
  Prepared out;
  out.window.user = request.user;
  out.window.last = request.last;
  std::span<const std::int32_t>& excluded = out.window.excluded;
  const std::span<const std::int32_t> history = request.history ? *request.history : histories_->recent(request.user);
  for (const std::int32_t id : history) check_item(id);
  require<EmptyHistoryError>(!history.empty() || options_.empty_history != EmptyHistory::Error, "the history is empty");
  if (request.exclude_seen) {
    const std::span<std::int32_t> own = arena.copy(history);
    std::sort(own.begin(), own.end());
    excluded = own.first(static_cast<std::size_t>(std::unique(own.begin(), own.end()) - own.begin()));
    if (histories_) excluded = united(excluded, histories_->seen(request.user), arena);
  }
  if (request.exclude) excluded = united(excluded, request.exclude->ids, arena);
  out.candidates = request.candidates;
  if (out.candidates && !out.candidates->ids.empty()) {
    check_item(out.candidates->ids.front());
    check_item(out.candidates->ids.back());
  }
  out.window.items = history.last(std::min(history.size(), static_cast<std::size_t>(max_length_)));
  return out;
}

Session::Prepared Session::prepare(const Request& request, Arena& arena, Answer& answer) const {
  Prepared out = prepare(look_up(request, arena, answer), arena);
  out.best = arena.take<ScoredId>(std::min(request.k, file().spec.n_items - 1));
  return out;
}

bool Session::answers_alone(std::size_t requests) const {
  if constexpr (!kTraining) return true;
  return loaded_.model->answers_alone() && kernels::product_precision() == kernels::ProductPrecision::F32 &&
         (requests == 1 || threads_ == Threads::One || num_threads() == 1);
}

std::unique_lock<std::mutex> Session::turn() const {
  return options_.device == kCpu ? std::unique_lock<std::mutex>() : std::unique_lock(*turns_);
}

/// The best of the whole catalogue, without keeping its scores.
void Session::answer_catalogue(std::span<Prepared> block) const {
  std::int64_t k = 0;
  std::vector<std::int32_t> offsets{0}, excluded;
  for (const Prepared& request : block) {
    k = std::max(k, request.k());
    excluded.insert(excluded.end(), request.window.excluded.begin(), request.window.excluded.end());
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
      const auto last = first + static_cast<std::size_t>(block[row].k());
      for (std::size_t i = first; i < last && ids[i] > 0; ++i) block[row].give(ids[i], static_cast<double>(scores[i]));
    }
  });
}

/// Of each request by itself.
void Session::answer_catalogue_alone(std::span<Prepared> block, Arena& arena) const {
  std::int64_t k = 0;
  for (const Prepared& request : block) k = std::max(k, request.k());
  if (k == 0) return;  // an empty catalogue
  const auto windows = windows_of(std::span<const Prepared>(block), arena);
  const std::span<std::int32_t> items = arena.take<std::int32_t>(std::ssize(block) * k);
  const std::span<float> scores = arena.take<float>(std::ssize(items));
  loaded_.model->recommend_alone(windows, k, arena, items, scores);
  auto place = items.begin();
  auto score = scores.begin();
  for (Prepared& request : block) {
    for (std::int64_t i = 0; i < request.k() && place[i] > 0; ++i)
      request.give(place[i], static_cast<double>(score[i]));
    place += k;
    score += k;
  }
}

std::span<const double> Session::scores_of(std::span<const Prepared> block, std::span<const std::int32_t> items,
                                           std::span<const std::int32_t> offsets, Arena& arena) const {
  const std::span<double> out = arena.take<double>(std::ssize(items));
  if (answers_alone(block.size())) {
    const std::span<float> scores = arena.take<float>(std::ssize(items));
    loaded_.model->score_alone(windows_of(block, arena), offsets, items, arena, scores);
    std::copy(scores.begin(), scores.end(), out.begin());
    return out;
  }
  const autograd::NoGrad no_grad;
  const auto turn = this->turn();
  const Ragged lists{Windows::adjacent({offsets.begin(), offsets.end()}), Index({items.begin(), items.end()})};
  const Tensor scores = loaded_.model->predict_candidates(make_batch(block), lists);
  visit_scores(kernels::to_device(kernels::contiguous(scores), kCpu),
               [&](auto values) { std::copy(values.begin(), values.end(), out.begin()); });
  return out;
}

/// The best of given items.
void Session::answer_candidates(std::span<Prepared> block, Arena& arena) const {
  std::int64_t most = 0;
  for (const Prepared& request : block) most += std::ssize(request.candidates->ids);
  const std::span<std::int32_t> items = arena.take<std::int32_t>(most);
  const std::span<std::int32_t> offsets = arena.take<std::int32_t>(std::ssize(block) + 1);
  auto end = items.begin();
  offsets[0] = 0;
  for (std::size_t row = 0; row < block.size(); ++row) {
    const Prepared& request = block[row];
    const auto begin = end;
    end = std::ranges::set_difference(request.candidates->ids, request.window.excluded, end).out;
    if (answers_alone(block.size()))
      end = begin +
            static_cast<std::ptrdiff_t>(loaded_.model->narrow_alone(request.window, request.k(), {begin, end}, arena));
    offsets[row + 1] = static_cast<std::int32_t>(end - items.begin());
  }
  const auto scores = scores_of(block, items.first(static_cast<std::size_t>(offsets.back())), offsets, arena);
  struct Found {
    double negative;  // ascending is best first
    std::int32_t id;
    bool operator<(const Found& other) const { return std::tie(negative, id) < std::tie(other.negative, other.id); }
  };
  for (std::size_t row = 0; row < block.size(); ++row) {
    const std::span<Found> found = arena.take<Found>(offsets[row + 1] - offsets[row]);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const std::size_t place = static_cast<std::size_t>(offsets[row]) + i;
      check_finite(scores[place]);
      found[i] = {-scores[place], items[place]};
    }
    const auto k = std::min<std::int64_t>(std::ssize(found), block[row].k());
    std::partial_sort(found.begin(), found.begin() + k, found.end());
    for (const Found& one : found.first(static_cast<std::size_t>(k))) block[row].give(one.id, -one.negative);
  }
}

void Session::answer(std::span<Prepared> block, Arena& arena) const {
  const Arena::Scope scope(arena);
  for (Prepared& request : block) request.found = 0;
  if (block.front().candidates) return answer_candidates(block, arena);
  if (answers_alone(block.size())) return answer_catalogue_alone(block, arena);
  answer_catalogue(block);
}

void Session::write_items(const Prepared& request, Answer& answer) const {
  answer.items.reserve(static_cast<std::size_t>(request.found));
  for (const auto& [id, score] : request.best.first(static_cast<std::size_t>(request.found)))
    answer.items.push_back(item(id, score));
}

std::span<ScoredId> Session::room(std::span<ScoredId> best, std::int64_t k) const {
  k = std::min(k, file().spec.n_items - 1);
  require<UsageError>(std::ssize(best) >= k, "expected room for ", k, " items, got room for ", best.size());
  return best.first(static_cast<std::size_t>(k));
}

std::int64_t Session::recommend(const IdRequest& request, Workspace& workspace, std::span<ScoredId> best) const {
  Arena& arena = workspace.arena();
  const Arena::Scope scope(arena);
  Prepared prepared = prepare(request, arena);
  prepared.best = room(best, request.k);
  answer({&prepared, 1}, arena);
  return prepared.found;
}

void Session::score(const IdRequest& request, std::span<const std::int32_t> items, Workspace& workspace,
                    std::span<double> scores) const {
  Arena& arena = workspace.arena();
  const Arena::Scope scope(arena);
  require<UsageError>(scores.size() >= items.size(), "expected room for ", items.size(), " scores, got room for ",
                      scores.size());
  for (const std::int32_t id : items) check_item(id);
  const Prepared prepared = prepare(request, arena);
  const std::int32_t offsets[] = {0, static_cast<std::int32_t>(items.size())};
  const std::span<const double> found = scores_of({&prepared, 1}, items, offsets, arena);
  for (const double score : found) check_finite(score);
  std::copy(found.begin(), found.end(), scores.begin());
}

Answer Session::recommend(const Request& request) const {
  Arena arena;
  Answer out;
  Prepared prepared = prepare(request, arena, out);
  answer({&prepared, 1}, arena);
  write_items(prepared, out);
  return out;
}

template <class Prepare, class Done, class Failed>
void Session::answer_all(std::size_t n, Arena& arena, Prepare&& prepare, Done&& done, Failed&& failed) const {
  const auto room = static_cast<std::int64_t>(std::min(n, kMaxRows));
  const std::span<Prepared> all = arena.take<Prepared>(room);
  const std::span<std::size_t> places = arena.take<std::size_t>(room);  // of the block's requests
  std::span<Prepared> block = all.first(0);
  std::int64_t most = 0;  // that one of them keeps
  const auto flush = [&] {
    if (block.empty()) return;
    bool each = false;
    try {
      answer(block, arena);
    } catch (const NumericError&) {  // a score of one of them is not finite: one at a time
      each = true;
    }
    for (std::size_t i = 0; i < block.size(); ++i) {
      try {
        if (each) answer({&block[i], 1}, arena);
        done(places[i], block[i]);
      } catch (const NumericError& error) {
        failed(places[i], error);
      }
    }
    block = all.first(0);
    most = 0;
  };
  for (std::size_t i = 0; i < n; ++i) {
    Prepared prepared;
    try {
      prepared = prepare(i);
    } catch (const UsageError& error) {
      failed(i, error);
      continue;
    }
    // A block is of one kind, and keeps at most kMaxScores scores and excluded items (or one request's).
    const std::int64_t kept = prepared.candidates ? std::ssize(prepared.candidates->ids)
                                                  : prepared.k() + std::ssize(prepared.window.excluded);
    const bool other_kind = !block.empty() && !prepared.candidates != !block.front().candidates;
    if (other_kind || block.size() >= kMaxRows || (std::ssize(block) + 1) * std::max(most, kept) > kMaxScores) flush();
    most = std::max(most, kept);
    block = all.first(block.size() + 1);
    block.back() = prepared;
    places[block.size() - 1] = i;
  }
  flush();
}

std::vector<Answer> Session::recommend(std::span<const Request> requests) const {
  std::vector<Answer> answers(requests.size());
  Arena arena;
  answer_all(
      requests.size(), arena,
      [&](std::size_t i) {
        Answer told;
        const Prepared prepared = prepare(requests[i], arena, told);
        answers[i] = std::move(told);
        return prepared;
      },
      [&](std::size_t i, const Prepared& prepared) { write_items(prepared, answers[i]); },
      [&](std::size_t i, const Error& error) { answers[i].error = error.what(); });
  return answers;
}

void Session::recommend(std::span<const IdRequest> requests, Workspace& workspace, std::span<IdAnswer> answers) const {
  require<UsageError>(answers.size() == requests.size(), "expected ", requests.size(), " answers, got ",
                      answers.size());
  Arena& arena = workspace.arena();
  const Arena::Scope scope(arena);
  answer_all(
      requests.size(), arena,
      [&](std::size_t i) {
        Prepared prepared = prepare(requests[i], arena);
        prepared.best = room(answers[i].best, requests[i].k);
        return prepared;
      },
      [&](std::size_t i, const Prepared& prepared) { answers[i].found = prepared.found; },
      [&](std::size_t i, const Error& /*handled*/) { answers[i].error = std::current_exception(); });
}

std::vector<std::optional<double>> Session::score(const Request& request, std::span<const std::string> items) const {
  Arena arena;
  Answer told;
  const Prepared prepared = prepare(look_up(request, arena, told), arena);
  const std::span<std::int32_t> places = arena.take<std::int32_t>(std::ssize(items));  // -1: not known
  const std::span<std::int32_t> known = arena.take<std::int32_t>(std::ssize(items));
  std::int32_t count = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto id = file().items.find(items[i]);
    places[i] = id ? count : -1;
    if (id) known[static_cast<std::size_t>(count++)] = *id;
  }
  const std::int32_t offsets[] = {0, count};
  const auto scores = scores_of({&prepared, 1}, known.first(static_cast<std::size_t>(count)), offsets, arena);
  std::vector<std::optional<double>> result(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (places[i] < 0) continue;
    result[i] = scores[static_cast<std::size_t>(places[i])];
    check_finite(*result[i]);
  }
  return result;
}

}  // namespace seqrec::infer
