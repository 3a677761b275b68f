#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "core/file.h"
#include "infer/seqrec.h"
#include "infer/session.h"
#include "tests/grouping_locale.h"
#include "tests/models/tiny_model.h"

using namespace seqrec;
using models::TemporaryFolder;
using models::tiny_file;
using models::tiny_model;

extern "C" std::int64_t count_recommendations_in_c(const char* model_file, const char* token, const char** first);

namespace {

/// A tiny model and its histories on disk, opened by the C interface.
struct Opened {
  explicit Opened(unsigned flags = 0) {
    models::ModelFile file = tiny_file();
    file.titles.assign(21, "a title");
    models::save_model_file(model_file, file, *tiny_model(file));
    const std::vector<std::int64_t> offsets = {0, 0, 2, 2, 2, 2, 2};
    const std::vector<std::int32_t> items = {3, 5};
    models::Histories(offsets, items, 4).save(histories, file.users, file.items);
    REQUIRE(seqrec_open(model_file.c_str(), histories.c_str(), flags, &session) == SEQREC_OK);
  }
  ~Opened() { seqrec_close(session); }

  seqrec_status recommend(const char* user, std::initializer_list<const char*> history, std::int64_t k = 3,
                          unsigned flags = 0) {
    return seqrec_recommend(session, user, history.size() ? history.begin() : &nothing,
                            static_cast<std::int64_t>(history.size()), k, flags, items.data(), &count, &unknown);
  }

  TemporaryFolder folder;
  std::string model_file = folder / "model.safetensors", histories = folder / "histories.safetensors";
  seqrec_session* session = nullptr;
  const char* nothing = nullptr;
  std::array<seqrec_item, 32> items{};
  std::int64_t count = -7, unknown = -7;
};

std::string last_error() { return seqrec_last_error(); }

}  // namespace

TEST_CASE("the C interface answers as a session does, from C too") {
  Opened c;
  REQUIRE(c.recommend("u2", {"i3", "?", "i9"}, 20) == SEQREC_OK);
  CHECK(c.count == 20);
  CHECK(c.unknown == 1);
  infer::Request request;
  request.user = "u2";
  request.history = std::vector<std::string>{"i3", "i9"};
  request.k = 20;
  const infer::Session session{std::filesystem::path(c.model_file)};
  const infer::Answer answer = session.recommend(request);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(c.items[i].token == answer.items[i].token);
    CHECK(c.items[i].score == answer.items[i].score);
    CHECK(std::string(c.items[i].title) == "a title");
  }

  const char* history[] = {"i3", "i9"};
  const char* asked[] = {c.items[4].token, "?"};
  double scores[2] = {0, 0};
  REQUIRE(seqrec_score(c.session, "u2", history, 2, asked, 2, scores) == SEQREC_OK);
  CHECK(scores[0] == doctest::Approx(c.items[4].score));
  CHECK(std::isnan(scores[1]));
  CHECK(seqrec_score(c.session, "u2", history, 2, nullptr, 0, nullptr) == SEQREC_OK);

  const char* first = "";
  CHECK(count_recommendations_in_c(c.model_file.c_str(), "i4", &first) == 3);
  CHECK(std::string(first).starts_with("i"));
  CHECK(std::string(seqrec_version()) == "0.1.0");
}

TEST_CASE("the C interface: a NULL history is the user's own, an empty one is empty") {
  Opened c;
  REQUIRE(seqrec_recommend(c.session, "u1", nullptr, 0, 20, SEQREC_EXCLUDE_SEEN, c.items.data(), &c.count, nullptr) ==
          SEQREC_OK);
  CHECK(c.count == 18);
  CHECK(c.recommend("u1", {}) == SEQREC_ERROR_EMPTY_HISTORY);
  CHECK(last_error() == "the history is empty");
  Opened lenient(SEQREC_ANSWER_EMPTY_HISTORY);
  CHECK(lenient.recommend("u1", {}) == SEQREC_OK);
}

TEST_CASE("the C interface: unknown users") {
  Opened c, strict(SEQREC_REFUSE_UNKNOWN_USER);
  CHECK(c.recommend("stranger", {"i1"}) == SEQREC_OK);
  CHECK(strict.recommend("stranger", {"i1"}) == SEQREC_ERROR_UNKNOWN_USER);
  CHECK(last_error() == "unknown user \"stranger\"");
  CHECK(strict.recommend(nullptr, {"i1"}) == SEQREC_OK);
}

TEST_CASE("the C interface refuses NULL, negative and unknown arguments, and leaves its results alone") {
  Opened c;
  const auto check = [&](seqrec_status status, const std::string& text) {
    CHECK(status == SEQREC_ERROR_USAGE);
    CHECK(last_error() == text);
    CHECK(c.count == -7);
  };
  const char* history[] = {"i1", nullptr};
  seqrec_item* items = c.items.data();
  seqrec_session* other = c.session;
  check(seqrec_open(nullptr, nullptr, 0, &other), "model_file must not be NULL");
  CHECK(other == nullptr);
  check(seqrec_open("x", nullptr, 0, nullptr), "session must not be NULL");
  check(seqrec_open("x", nullptr, 64, &other), "unknown flags: 64");
  check(seqrec_recommend(nullptr, nullptr, history, 1, 3, 0, items, &c.count, nullptr), "session must not be NULL");
  check(seqrec_recommend(c.session, nullptr, history, 1, 3, 0, nullptr, &c.count, nullptr), "items must not be NULL");
  check(seqrec_recommend(c.session, nullptr, history, 1, 3, 0, items, nullptr, nullptr), "count must not be NULL");
  check(seqrec_recommend(c.session, nullptr, history, 1, 3, 8, items, &c.count, nullptr), "unknown flags: 8");
  check(seqrec_recommend(c.session, nullptr, nullptr, 1, 3, 0, items, &c.count, nullptr), "history must not be NULL");
  check(seqrec_recommend(c.session, nullptr, history, 2, 3, 0, items, &c.count, nullptr),
        "history[1] must not be NULL");
  check(seqrec_recommend(c.session, nullptr, history, -1, 3, 0, items, &c.count, nullptr),
        "n_history must not be negative, got -1");
  check(seqrec_recommend(c.session, nullptr, nullptr, 0, 3, 0, items, &c.count, nullptr),
        "a request needs a user or a history");
  check(c.recommend(nullptr, {"i1"}, 0), "k must be at least 1, got 0");
  check(c.recommend(nullptr, {"i1"}, -5), "k must be at least 1, got -5");
  double score = 5;
  check(seqrec_score(c.session, nullptr, history, 1, history, 1, nullptr), "scores must not be NULL");
  check(seqrec_score(c.session, nullptr, history, 1, history, -1, &score), "n_items must not be negative, got -1");
  check(seqrec_score(nullptr, nullptr, history, 1, history, 1, &score), "session must not be NULL");
  CHECK(score == 5);
  seqrec_close(nullptr);
}

TEST_CASE("the C interface: files that can't be opened") {
  const Opened c;
  seqrec_session* session = c.session;
  CHECK(seqrec_open((c.folder / "absent").c_str(), nullptr, 0, &session) == SEQREC_ERROR_FILE);
  CHECK(session == nullptr);
  CHECK(last_error().find("absent") != std::string::npos);
  REQUIRE(mkfifo((c.folder / "pipe").c_str(), 0600) == 0);
  CHECK(seqrec_open((c.folder / "pipe").c_str(), nullptr, 0, &session) == SEQREC_ERROR_FILE);
  CHECK(last_error().find("it is a pipe, expected a regular file") != std::string::npos);
  CHECK(seqrec_open(c.histories.c_str(), nullptr, 0, &session) == SEQREC_ERROR_FILE);
  CHECK(last_error().find("is not a seqrec model file") != std::string::npos);
  CHECK(seqrec_open(c.model_file.c_str(), c.model_file.c_str(), 0, &session) == SEQREC_ERROR_FILE);
  CHECK(last_error().find("is not a seqrec histories file") != std::string::npos);
}

TEST_CASE("the C interface notices a flipped bit, in the model and in the histories") {
  const Opened good;
  seqrec_session* session = nullptr;
  for (const std::string& file : {good.model_file, good.histories}) {
    std::string bytes = read_text(file);
    bytes.back() = static_cast<char>(bytes.back() ^ 4);
    const std::string damaged = good.folder / "damaged";
    write_text(damaged, bytes);
    const bool is_model = file == good.model_file;
    CHECK(seqrec_open((is_model ? damaged : good.model_file).c_str(), is_model ? nullptr : damaged.c_str(), 0,
                      &session) == SEQREC_ERROR_FILE);
    CHECK(session == nullptr);
    const std::string tensor = is_model ? "title.bytes" : "seen.items";
    CHECK_MESSAGE(last_error().starts_with(damaged + ": tensor \"" + tensor + "\" is damaged: "), last_error());
  }
}

TEST_CASE("the C interface knows nothing of the host's locale") {
  Opened plain;
  REQUIRE(plain.recommend("u2", {"i3"}) == SEQREC_OK);
  const GroupingLocale locale;
  Opened c;
  REQUIRE(c.recommend("u2", {"i3"}) == SEQREC_OK);
  CHECK(c.items[0].score == plain.items[0].score);
  CHECK(std::string(c.items[0].token) == plain.items[0].token);
  CHECK(c.recommend("u2", {"i3"}, 3, 1840) == SEQREC_ERROR_USAGE);
  CHECK(last_error() == "unknown flags: 1840");
  const std::string bytes = read_text(c.model_file);
  CHECK(bytes == read_text(plain.model_file));
  write_text(c.folder / "cut", std::string_view(bytes).substr(0, bytes.size() - 1));
  seqrec_session* session = nullptr;
  CHECK(seqrec_open((c.folder / "cut").c_str(), nullptr, 0, &session) == SEQREC_ERROR_FILE);
  CHECK(last_error().find("'") == std::string::npos);
}

TEST_CASE("the C interface needs nothing of the memory that it opened, whatever the model") {
  for (const models::ModelInfo& info : models::model_infos()) {
    CAPTURE(info.name);
    const TemporaryFolder folder;
    const models::ModelFile file = tiny_file(5, 20, info.name);
    models::save_model_file(folder / "model", file, *tiny_model(file));
    std::string bytes = read_text(folder / "model");
    seqrec_session *of_file = nullptr, *of_memory = nullptr;
    REQUIRE(seqrec_open((folder / "model").c_str(), nullptr, 0, &of_file) == SEQREC_OK);
    REQUIRE(seqrec_open_memory(bytes.data(), bytes.size(), nullptr, 0, 0, &of_memory) == SEQREC_OK);
    std::ranges::fill(bytes, 'x');
    const char* history[] = {"i3", "i5"};
    std::array<seqrec_item, 20> expected{}, items{};
    std::int64_t count = 0;
    REQUIRE(seqrec_recommend(of_file, "u2", history, 2, 20, 0, expected.data(), &count, nullptr) == SEQREC_OK);
    REQUIRE(seqrec_recommend(of_memory, "u2", history, 2, 20, 0, items.data(), &count, nullptr) == SEQREC_OK);
    for (std::size_t i = 0; i < 20; ++i) {
      CHECK(items[i].token == std::string(expected[i].token));
      CHECK(items[i].score == expected[i].score);
    }
    seqrec_close(of_file);
    seqrec_close(of_memory);
  }
}

TEST_CASE("the C interface opens what lies in memory, at any address, and doesn't need it afterwards") {
  Opened c;
  REQUIRE(c.recommend("u2", {"i3"}) == SEQREC_OK);
  std::string model = ' ' + read_text(c.model_file), histories = ' ' + read_text(c.histories);
  seqrec_session* session = nullptr;
  REQUIRE(seqrec_open_memory(model.data() + 1, model.size() - 1, histories.data() + 1, histories.size() - 1, 0,
                             &session) == SEQREC_OK);
  std::ranges::fill(model, 'x');
  std::ranges::fill(histories, 'x');
  std::array<seqrec_item, 3> items{};
  std::int64_t count = 0;
  const char* history[] = {"i3"};
  REQUIRE(seqrec_recommend(session, "u2", history, 1, 3, 0, items.data(), &count, nullptr) == SEQREC_OK);
  for (std::size_t i = 0; i < 3; ++i) CHECK(items[i].token == std::string(c.items[i].token));
  for (std::size_t i = 0; i < 3; ++i) CHECK(items[i].score == c.items[i].score);
  CHECK(seqrec_recommend(session, "u1", nullptr, 0, 3, 0, items.data(), &count, nullptr) == SEQREC_OK);
  seqrec_close(session);

  CHECK(seqrec_open_memory(model.data(), 5, nullptr, 0, 0, &session) == SEQREC_ERROR_FILE);
  CHECK(last_error() == "the model: no safetensors file: it has only 5 bytes");
  CHECK(session == nullptr);
  model = read_text(c.model_file);
  CHECK(seqrec_open_memory(model.data(), model.size(), "", 0, 0, &session) == SEQREC_ERROR_FILE);
  CHECK(last_error() == "the histories: no safetensors file: it has only 0 bytes");
  CHECK(seqrec_open_memory(nullptr, 0, nullptr, 0, 0, &session) == SEQREC_ERROR_USAGE);
  CHECK(last_error() == "model must not be NULL");
  REQUIRE(seqrec_open_memory(model.data(), model.size(), nullptr, 0, 0, &session) == SEQREC_OK);
  CHECK(seqrec_recommend(session, "u1", nullptr, 0, 3, 0, items.data(), &count, nullptr) == SEQREC_ERROR_USAGE);
  seqrec_close(session);
}

TEST_CASE("the C interface keeps the last error for each thread") {
  CHECK(seqrec_open(nullptr, nullptr, 0, nullptr) == SEQREC_ERROR_USAGE);
  std::string of_thread = "?";
  std::thread([&] { of_thread = seqrec_last_error(); }).join();
  CHECK(of_thread.empty());
  CHECK(last_error() == "model_file must not be NULL");
}
