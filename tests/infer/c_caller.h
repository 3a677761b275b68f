#pragma once

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "infer/seqrec.h"
#include "tests/models/tiny_model.h"

/// A caller of the C interface: a model, opened, a session, and memory for an answer of up to 64 items.
struct Caller {
  explicit Caller(const std::string& model_file, seqrec_model_options options = SEQREC_MODEL_OPTIONS_INIT) {
    REQUIRE_MESSAGE(seqrec_model_open(model_file.c_str(), &options, &model) == SEQREC_OK, seqrec_last_error());
    REQUIRE(seqrec_session_open(model, &session) == SEQREC_OK);
    clear();
  }
  ~Caller() {
    seqrec_session_close(session);
    seqrec_model_close(model);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;

  /// Nothing that an answer is has this.
  static constexpr std::int64_t kUntouched = -7;
  void clear() {
    answer = SEQREC_ANSWER_INIT;
    answer.items = items.data();
    answer.room = std::ssize(items);
    answer.count = answer.unknown_items = kUntouched;
    items.fill({nullptr, nullptr, 0.5, -1, 0});
  }

  /// A query by tokens, which must live on.
  static seqrec_query query(const char* user, const std::vector<const char*>& history) {
    static const char* const kNothing = "";
    seqrec_query out = SEQREC_QUERY_INIT;
    out.user = user;
    out.history = history.empty() ? &kNothing : history.data();
    out.n_history = std::ssize(history);
    return out;
  }
  static seqrec_query query(const char* user) {
    seqrec_query out = SEQREC_QUERY_INIT;
    out.user = user;
    return out;
  }

  /// The k best for a query, under flags, into a cleared answer.
  seqrec_status recommend(const seqrec_query* asked, std::int64_t k, unsigned flags = 0) {
    seqrec_request_options options = SEQREC_REQUEST_OPTIONS_INIT;
    options.k = k;
    options.flags = flags;
    seqrec_request* request = nullptr;
    clear();
    seqrec_status status = seqrec_request_open(model, &options, &request);
    if (status == SEQREC_OK) status = seqrec_session_recommend(session, request, asked, &answer);
    seqrec_request_close(request);
    return status;
  }
  seqrec_status recommend(const char* user, const std::vector<const char*>& history, std::int64_t k = 3,
                          unsigned flags = 0) {
    const seqrec_query asked = query(user, history);
    return recommend(&asked, k, flags);
  }

  std::vector<std::string> tokens() const {
    std::vector<std::string> out;
    for (std::int64_t i = 0; i < answer.count; ++i) out.emplace_back(items[static_cast<std::size_t>(i)].token);
    return out;
  }

  seqrec_model* model = nullptr;
  seqrec_session* session = nullptr;
  std::array<seqrec_item, 64> items{};
  seqrec_answer answer{};
};

/// A tiny model and its histories on disk.
struct TinyFiles {
  explicit TinyFiles(const std::string& name = "SHAN") {
    seqrec::models::ModelFile file = seqrec::models::tiny_file(5, 20, name);
    file.titles.assign(21, "a title");
    seqrec::models::save_model_file(model_file, file, *seqrec::models::tiny_model(file));
    const std::vector<std::int64_t> offsets = {0, 0, 2, 2, 2, 2, 2};
    const std::vector<std::int32_t> items = {3, 5};
    seqrec::models::Histories(offsets, items, 4).save(histories_file, file.users, file.items);
  }
  seqrec_model_options options() const {
    seqrec_model_options out = SEQREC_MODEL_OPTIONS_INIT;
    out.histories_file = histories_file.c_str();
    return out;
  }

  seqrec::models::TemporaryFolder folder;
  std::string model_file = folder / "model.safetensors", histories_file = folder / "histories.safetensors";
};

/// A caller of it, with its histories.
struct TinyCaller : TinyFiles, Caller {
  explicit TinyCaller(std::int32_t unknown_user = 0, std::int32_t empty_history = 0, const std::string& name = "SHAN")
      : TinyFiles(name), Caller(model_file, with(unknown_user, empty_history)) {}

 private:
  seqrec_model_options with(std::int32_t unknown_user, std::int32_t empty_history) const {
    seqrec_model_options out = options();
    out.unknown_user = unknown_user;
    out.empty_history = empty_history;
    return out;
  }
};

inline std::string last_error() { return seqrec_last_error(); }
