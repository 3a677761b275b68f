// Each model answers from its file alone, by a session and by the C interface, what the model itself computes.
#include <algorithm>
#include <array>
#include <functional>

#include <doctest/doctest.h>

#include "infer/session.h"
#include "tests/infer/c_caller.h"

using namespace seqrec;
using namespace seqrec::infer;
using models::TemporaryFolder;
using models::tiny_file;
using models::tiny_model;
using Tokens = std::vector<std::string>;

namespace {

constexpr std::int64_t kLength = 4;  // the windows of tiny_file

/// A model's file and its histories, opened in all ways.
struct OpenedModel {
  explicit OpenedModel(const std::string& model) {
    const models::ModelFile written = tiny_file(5, 20, model);
    models::save_model_file(folder / "model", written, *tiny_model(written));
    models::save_tiny_histories(folder / "histories", written);
    session.emplace(folder / "model", SessionOptions{.empty_history = EmptyHistory::Model});
    session->load_histories(folder / "histories");
    const std::string histories = folder / "histories";
    seqrec_model_options options = SEQREC_MODEL_OPTIONS_INIT;
    options.histories_file = histories.c_str();
    options.empty_history = SEQREC_EMPTY_HISTORY_ANSWER;
    c.emplace(folder / "model", options);
    loaded = models::load_model(folder / "model");
    loaded.model->set_mean_user();
  }

  TemporaryFolder folder;
  std::optional<Session> session;
  std::optional<Caller> c;
  models::LoadedModel loaded;  // the model itself
};

/// The ids that the model knows of a request's history, or of its user's.
std::vector<std::int32_t> known_items(const OpenedModel& opened, const Request& request) {
  std::vector<std::int32_t> ids;
  if (!request.history) {
    const auto recent = opened.session->histories()->recent(opened.loaded.file.users.find(*request.user).value());
    return {recent.begin(), recent.end()};
  }
  for (const std::string& token : *request.history)
    if (const auto id = opened.loaded.file.items.find(token)) ids.push_back(*id);
  return ids;
}

Batch batch_of(const OpenedModel& opened, const Request& request) {
  std::vector<std::int32_t> window = known_items(opened, request);
  if (std::ssize(window) > kLength) window.erase(window.begin(), window.end() - kLength);
  const auto length = static_cast<std::int32_t>(window.size());
  const std::int32_t user = request.user ? opened.loaded.file.users.find(*request.user).value_or(0) : 0;
  Batch batch;
  batch.items = Index(std::move(window));
  batch.value_users = Index(std::vector<std::int32_t>(length, user));
  batch.windows = Windows({0}, {length}, length);
  batch.users = Index({user});
  return batch;
}

void check_answer(const OpenedModel& opened, const Request& request, const Answer& answer) {
  const Batch batch = batch_of(opened, request);
  const std::vector<float> all = opened.loaded.model->full_sort_predict(batch).to_vector<float>();
  std::vector<std::int32_t> seen;
  if (request.exclude_seen) {
    seen = known_items(opened, request);
    const std::int32_t user = request.user ? opened.loaded.file.users.find(*request.user).value_or(0) : 0;
    const auto more = opened.session->histories()->seen(user);
    seen.insert(seen.end(), more.begin(), more.end());
  }
  std::vector<float> ranked;
  for (std::int32_t id = 1; id < 21; ++id)
    if (std::find(seen.begin(), seen.end(), id) == seen.end()) ranked.push_back(all[id]);
  std::sort(ranked.begin(), ranked.end(), std::greater<>());
  CHECK(ranked.front() - ranked.back() > 1e-4);

  REQUIRE(std::ssize(answer.items) == std::min(request.k, std::ssize(ranked)));
  for (std::size_t i = 0; i < answer.items.size(); ++i) {
    const ScoredItem& item = answer.items[i];
    CHECK(item.score == doctest::Approx(ranked[i]).epsilon(1e-5));
    CHECK(item.score == doctest::Approx(all[item.id]).epsilon(1e-5));
    CHECK(std::find(seen.begin(), seen.end(), item.id) == seen.end());
    CHECK(item.token == concat("i", item.id));
  }
}

/// The scores of two items and of one that no one knows, as the model's predict gives them.
void check_scores(const OpenedModel& opened, const Request& request) {
  Batch batch = batch_of(opened, request);
  const auto scores = opened.session->score(request, Tokens{"i20", "?", "i1"});
  CHECK_FALSE(scores[1].has_value());
  for (const auto& [place, item] : {std::pair{0u, 20}, {2u, 1}}) {
    batch.targets = Index({item});
    const auto predicted = opened.loaded.model->predict(batch).to_vector<float>()[0];
    CHECK(*scores[place] == doctest::Approx(predicted).epsilon(1e-5));
  }
}

void check_c_interface(OpenedModel& opened, const Request& request, const Answer& answer) {
  Caller& c = *opened.c;
  const Tokens given = request.history.value_or(Tokens());
  std::vector<const char*> history;
  for (const std::string& token : given) history.push_back(token.c_str());
  const char* const user = request.user ? request.user->c_str() : nullptr;
  const seqrec_query query = request.history ? Caller::query(user, history) : Caller::query(user);
  REQUIRE(c.recommend(&query, request.k, request.exclude_seen ? SEQREC_EXCLUDE_SEEN : 0) == SEQREC_OK);
  CHECK(c.answer.unknown_items == answer.unknown_items);
  CHECK((c.answer.unknown_user == 1) == answer.unknown_user);
  REQUIRE(c.answer.count == std::ssize(answer.items));
  for (std::size_t i = 0; i < answer.items.size(); ++i) {
    CHECK(c.items[i].token == answer.items[i].token);
    CHECK(c.items[i].score == answer.items[i].score);
  }
  double score = 0;
  REQUIRE(seqrec_session_score(c.session, &query, &c.items[0].token, 1, &score) == SEQREC_OK);
  CHECK(score == doctest::Approx(c.items[0].score).epsilon(1e-5));
}

std::vector<Request> requests() {
  std::vector<Request> all;
  const auto ask = [&](std::optional<std::string> user, std::optional<Tokens> history) {
    for (const std::int64_t k : {3, 50})
      for (const bool exclude_seen : {false, true}) {
        Request request;
        request.user = user;
        request.history = history;
        request.k = k;
        request.exclude_seen = exclude_seen;
        all.push_back(std::move(request));
      }
  };
  ask("u1", std::nullopt);
  ask("u2", Tokens{"i3"});
  ask("u2", Tokens{"i3", "i9", "i4", "i3"});
  ask("u2", Tokens{"i1", "i2", "i3", "i4", "i5", "i6", "i5", "i8", "i9"});
  ask("u3", Tokens{"?", "i5", "", "i6"});
  ask("stranger", Tokens{"i5", "i6"});
  ask(std::nullopt, Tokens{"i7", "i7"});
  ask("u4", Tokens{});
  ask("u4", Tokens{"?"});
  return all;
}

}  // namespace

TEST_CASE("every model: a session, the C interface and the model agree on every kind of request") {
  for (const models::ModelInfo& info : models::model_infos()) {
    CAPTURE(info.name);
    OpenedModel opened(info.name);
    const std::vector<Request> asked = requests();
    const std::vector<Answer> answers = opened.session->recommend(asked);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      CAPTURE(i);
      CHECK(answers[i].error.empty());
      CHECK(answers[i].unknown_user == (asked[i].user == "stranger"));
      check_answer(opened, asked[i], answers[i]);
      const Answer alone = opened.session->recommend(asked[i]);
      check_answer(opened, asked[i], alone);
      check_scores(opened, asked[i]);
      check_c_interface(opened, asked[i], alone);
    }
    const Session strict(opened.folder / "model");
    Request nothing;
    nothing.history = Tokens{};
    CHECK_THROWS_WITH_AS(strict.recommend(nothing), "the history is empty", EmptyHistoryError);
  }
}

TEST_CASE("the seeds of model_fuzz are files that this version reads (make_tiny_model FOLDER smallest writes them)") {
  const std::filesystem::path seeds = SEQREC_SOURCE_DIR "/tests/fuzz/corpus/model";
  for (const models::ModelInfo& info : models::model_infos()) {
    Session session(seeds / (info.name + ".safetensors"));
    session.load_histories(seeds / "histories.safetensors");
    Request request;
    request.user = "u1";
    CHECK(session.recommend(request).items.size() == 2);
  }
}

TEST_CASE("an S3Rec that is only pre-trained can't be opened to recommend, and the error says what to do") {
  const TemporaryFolder folder;
  models::ModelFile file = tiny_file(5, 20, "S3Rec");
  file.spec.hyper_parameters["train_stage"] = file.config["train_stage"] = "pretrain";
  models::save_model_file(folder / "model", file, *tiny_model(file));
  const std::string text = (folder / "model").string() +
                           ": this S3Rec is only pre-trained, and can't recommend before it is fine-tuned: train_stage "
                           "finetune, with this file as pre_model_path";
  CHECK_THROWS_WITH_AS(Session(folder / "model"), text.c_str(), FormatError);
  seqrec_model* opened = nullptr;
  CHECK(seqrec_model_open((folder / "model").c_str(), nullptr, &opened) == SEQREC_ERROR_FILE);
  CHECK(seqrec_last_error() == text);
}

TEST_CASE("DIEN ranks a large catalogue in memory that doesn't grow with it") {
  constexpr std::int32_t kItems = 60'000;
  models::LoadedModel loaded{tiny_file(5, kItems, "DIEN"), nullptr};
  loaded.model = tiny_model(loaded.file);
  const Session session(std::move(loaded));
  Request request;
  request.history = Tokens{"i1", "i59999", "i3", "i4"};
  request.k = 5;
  const MemoryStats before = memory(kCpu).stats();
  CHECK(session.recommend(request).items.size() == 5);
  const MemoryStats after = memory(kCpu).stats();
  constexpr std::size_t kAtOnce = 130'000'000, kBound = 64'000'000;  // what all items at once would take; what is fine
  REQUIRE(before.peak_in_use < before.in_use + kAtOnce);             // or earlier tests would hide it
  CHECK(after.peak_in_use <= std::max(before.peak_in_use, before.in_use + kBound));
}
