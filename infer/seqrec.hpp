#ifndef SEQREC_HPP
#define SEQREC_HPP

// seqrec.h for C++ (from C++11 on): objects that close themselves, vectors and strings, and exceptions for statuses. A
// header alone, with nothing but seqrec.h behind it.
//
//   seqrec::Model model("model.safetensors");
//   seqrec::Session session(model);
//   for (const seqrec_item& item : session.recommend(seqrec::Query().history({"50", "172", "181"}), 10).items)
//     std::puts(item.token);
//
// Threads, lifetimes and what may be closed when are as seqrec.h tells; objects move and don't copy.

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "seqrec.h"

namespace seqrec {
inline namespace v1 {

/// A status that isn't SEQREC_OK, with its text.
class StatusError : public std::runtime_error {
 public:
  StatusError(seqrec_status status, const char* text) : std::runtime_error(text), status_(status) {}
  seqrec_status status() const { return status_; }

 private:
  seqrec_status status_;
};

/// Throws StatusError unless a call succeeded.
inline void check(seqrec_status status) {
  if (status != SEQREC_OK) throw StatusError(status, seqrec_last_error());
}

namespace interface_detail {

struct Close {
  void operator()(seqrec_model* model) const { seqrec_model_close(model); }
  void operator()(seqrec_request* request) const { seqrec_request_close(request); }
  void operator()(seqrec_session* session) const { seqrec_session_close(session); }
};
template <class T>
using Handle = std::unique_ptr<T, Close>;

/// Tokens as C takes them; never null, so that a list that is empty is one.
inline std::vector<const char*> pointers(const std::vector<std::string>& tokens) {
  std::vector<const char*> out;
  out.reserve(tokens.size() + 1);
  for (const std::string& token : tokens) out.push_back(token.c_str());
  out.push_back(nullptr);
  return out;
}

inline std::int64_t count(std::size_t n) { return static_cast<std::int64_t>(n); }

}  // namespace interface_detail

/// The defaults of seqrec_model_options.
inline seqrec_model_options model_options() {
  const seqrec_model_options options = SEQREC_MODEL_OPTIONS_INIT;
  return options;
}

/// An opened model; any number of threads may use it.
class Model {
 public:
  explicit Model(const std::string& file, const seqrec_model_options& options = model_options()) {
    check_version();
    seqrec_model* opened = nullptr;
    check(seqrec_model_open(file.c_str(), &options, &opened));
    handle_.reset(opened);
  }
  Model(const void* bytes, std::size_t n_bytes, const seqrec_model_options& options = model_options()) {
    check_version();
    seqrec_model* opened = nullptr;
    check(seqrec_model_open_memory(bytes, n_bytes, &options, &opened));
    handle_.reset(opened);
  }

  seqrec_info info() const {
    seqrec_info out = SEQREC_INFO_INIT;
    check(seqrec_model_info(get(), &out));
    return out;
  }

  /// 0 if the model doesn't know it.
  std::int32_t item_id(const std::string& token) const {
    std::int32_t id = 0;
    check(seqrec_item_id(get(), token.c_str(), &id));
    return id;
  }
  std::int32_t user_id(const std::string& token) const {
    std::int32_t id = 0;
    check(seqrec_user_id(get(), token.c_str(), &id));
    return id;
  }
  /// Live as long as the model, as titles do.
  const char* item_token(std::int32_t id) const {
    const char* token = nullptr;
    check(seqrec_item_token(get(), id, &token));
    return token;
  }
  const char* item_title(std::int32_t id) const {
    const char* title = nullptr;
    check(seqrec_item_title(get(), id, &title));
    return title;
  }
  const char* user_token(std::int32_t id) const {
    const char* token = nullptr;
    check(seqrec_user_token(get(), id, &token));
    return token;
  }

  /// Those of n items from `first` on, one after the other.
  std::vector<float> item_vectors(std::int32_t first, std::int64_t n) const {
    const std::int64_t width = info().item_vector_width;
    const bool there = n > 0 && n <= info().n_items;  // else the call says what is wrong
    std::vector<float> vectors(static_cast<std::size_t>(there ? n * width : 0));
    check(seqrec_item_vectors(get(), first, n, width, vectors.data()));
    return vectors;
  }

  const seqrec_model* get() const { return handle_.get(); }

 private:
  static void check_version() {
    if (seqrec_abi_version() != SEQREC_ABI_VERSION)
      throw StatusError(SEQREC_ERROR_USAGE, "the libseqrec that runs has another version of the C interface");
  }
  interface_detail::Handle<seqrec_model> handle_;
};

/// What is wanted of answers, read once; any number of threads may use it.
class Request {
 public:
  struct Options {
    bool exclude_seen = false;
    std::int64_t k = 0;                   // 0: as many as are asked for
    std::vector<std::string> exclude;     // left out
    std::vector<std::string> candidates;  // ranked
    bool all_items = true;                // of no candidates: all, or none
  };

  Request(const Model& model, const Options& wanted) {
    const std::vector<const char*> exclude = interface_detail::pointers(wanted.exclude);
    const std::vector<const char*> candidates = interface_detail::pointers(wanted.candidates);
    seqrec_request_options options = SEQREC_REQUEST_OPTIONS_INIT;
    options.flags = wanted.exclude_seen ? std::uint32_t(SEQREC_EXCLUDE_SEEN) : 0;
    options.k = wanted.k;
    options.exclude = exclude.data();
    options.n_exclude = interface_detail::count(wanted.exclude.size());
    if (!wanted.all_items || !wanted.candidates.empty()) {
      options.candidates = candidates.data();
      options.n_candidates = interface_detail::count(wanted.candidates.size());
    }
    open(model, options);
  }
  Request(const Model& model, const seqrec_request_options& options) { open(model, options); }

  const seqrec_request* get() const { return handle_.get(); }

 private:
  void open(const Model& model, const seqrec_request_options& options) {
    seqrec_request* opened = nullptr;
    check(seqrec_request_open(model.get(), &options, &opened));
    handle_.reset(opened);
  }
  interface_detail::Handle<seqrec_request> handle_;
};

/// Who is asked about: Query().user("196"), Query().history({"50", "172"}), or both.
class Query {
 public:
  Query& user(std::string token) {
    user_ = std::move(token);
    has_user_ = true;
    return *this;
  }
  Query& user_id(std::int32_t id) {
    user_id_ = id;
    return *this;
  }
  Query& history(std::vector<std::string> tokens) {
    tokens_ = std::move(tokens);
    given_ = Given::Tokens;
    return *this;
  }
  Query& history_ids(std::vector<std::int32_t> ids) {
    ids_ = std::move(ids);
    given_ = Given::Ids;
    return *this;
  }

  /// As C takes it, for as long as this query and `memory` stay as they are.
  seqrec_query get(std::vector<const char*>& memory) const {
    seqrec_query out = SEQREC_QUERY_INIT;
    if (has_user_) out.user = user_.c_str();
    out.user_id = user_id_;
    if (given_ == Given::Tokens) {
      memory = interface_detail::pointers(tokens_);
      out.history = memory.data();
      out.n_history = interface_detail::count(tokens_.size());
    } else if (given_ == Given::Ids) {
      out.history_ids = ids_.empty() ? &user_id_ : ids_.data();  // not null, so that an empty list is one
      out.n_history = interface_detail::count(ids_.size());
    }
    return out;
  }

 private:
  enum class Given { Nothing, Tokens, Ids };
  Given given_ = Given::Nothing;
  bool has_user_ = false;
  std::string user_;
  std::int32_t user_id_ = 0;
  std::vector<std::string> tokens_;
  std::vector<std::int32_t> ids_;
};

struct Answer {
  std::vector<seqrec_item> items;  // best first
  std::int64_t unknown_items = 0;
  bool unknown_user = false;
  seqrec_status status = SEQREC_OK;  // of one of a batch
};

/// One caller: its memory, and its history if it wants. For one thread at a time.
class Session {
 public:
  explicit Session(const Model& model) : n_items_(model.info().n_items) {
    seqrec_session* opened = nullptr;
    check(seqrec_session_open(model.get(), &opened));
    handle_.reset(opened);
  }

  /// The items that most likely come next, at most `most`.
  Answer recommend(const Query& query, std::int64_t most) { return recommend(nullptr, &query, most); }
  Answer recommend(const Query& query, const Request& request, std::int64_t most) {
    return recommend(request.get(), &query, most);
  }
  /// The same of the session's own history.
  Answer recommend(std::int64_t most) { return recommend(nullptr, nullptr, most); }
  Answer recommend(const Request& request, std::int64_t most) { return recommend(request.get(), nullptr, most); }

  /// Many at once; each has its status.
  std::vector<Answer> recommend_batch(const std::vector<Query>& queries, std::int64_t most) {
    return recommend_batch(queries, nullptr, most);
  }
  std::vector<Answer> recommend_batch(const std::vector<Query>& queries, const Request& request, std::int64_t most) {
    return recommend_batch(queries, request.get(), most);
  }

  /// NaN for an item that the model doesn't know.
  std::vector<double> score(const Query& query, const std::vector<std::string>& items) {
    std::vector<const char*> memory;
    const seqrec_query asked = query.get(memory);
    const std::vector<const char*> tokens = interface_detail::pointers(items);
    std::vector<double> scores(items.size());
    check(seqrec_session_score(get(), &asked, tokens.data(), interface_detail::count(items.size()), scores.data()));
    return scores;
  }
  std::vector<double> score_ids(const Query& query, const std::vector<std::int32_t>& items) {
    std::vector<const char*> memory;
    const seqrec_query asked = query.get(memory);
    std::vector<double> scores(items.size());
    check(seqrec_session_score_ids(get(), &asked, items.data(), interface_detail::count(items.size()), scores.data()));
    return scores;
  }

  /// What the model makes of a history; `width` is the info's history_vector_width.
  std::vector<float> vector(const Query& query, std::int64_t width) {
    std::vector<const char*> memory;
    const seqrec_query asked = query.get(memory);
    std::vector<float> out(static_cast<std::size_t>(width > 0 ? width : 0));
    check(seqrec_session_vector(get(), &asked, width, out.data()));
    return out;
  }

  /// The session's own history: what it begins with, and what is appended.
  void start() { check(seqrec_session_start(get(), nullptr)); }
  void start(const Query& query) {
    std::vector<const char*> memory;
    const seqrec_query asked = query.get(memory);
    check(seqrec_session_start(get(), &asked));
  }
  void append(const std::string& item) { check(seqrec_session_append(get(), item.c_str())); }
  void append_id(std::int32_t item) { check(seqrec_session_append_id(get(), item)); }

  seqrec_session* get() const { return handle_.get(); }

 private:
  seqrec_answer room_in(Answer& answer, std::int64_t most) const {
    most = most > n_items_ ? n_items_ : most;  // no answer is longer
    answer.items.resize(static_cast<std::size_t>(most > 0 ? most : 1));
    seqrec_answer out = SEQREC_ANSWER_INIT;
    out.items = answer.items.data();
    out.room = most;
    return out;
  }
  static void take(const seqrec_answer& from, Answer& answer) {
    answer.items.resize(static_cast<std::size_t>(from.count));
    answer.unknown_items = from.unknown_items;
    answer.unknown_user = from.unknown_user != 0;
    answer.status = from.status;
  }

  Answer recommend(const seqrec_request* request, const Query* query, std::int64_t most) {
    std::vector<const char*> memory;
    seqrec_query asked = SEQREC_QUERY_INIT;
    if (query != nullptr) asked = query->get(memory);
    Answer answer;
    seqrec_answer out = room_in(answer, most);
    check(seqrec_session_recommend(get(), request, query != nullptr ? &asked : nullptr, &out));
    take(out, answer);
    return answer;
  }

  std::vector<Answer> recommend_batch(const std::vector<Query>& queries, const seqrec_request* request,
                                      std::int64_t most) {
    std::vector<std::vector<const char*>> memory(queries.size());
    std::vector<seqrec_query> asked;
    std::vector<Answer> answers(queries.size());
    std::vector<seqrec_answer> out;
    for (std::size_t i = 0; i < queries.size(); ++i) {
      asked.push_back(queries[i].get(memory[i]));
      out.push_back(room_in(answers[i], most));
    }
    check(seqrec_session_recommend_batch(get(), request, asked.data(), interface_detail::count(queries.size()),
                                         out.data()));
    for (std::size_t i = 0; i < queries.size(); ++i) take(out[i], answers[i]);
    return answers;
  }

  std::int64_t n_items_;
  interface_detail::Handle<seqrec_session> handle_;
};

}  // namespace v1
}  // namespace seqrec

#endif
