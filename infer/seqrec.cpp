#include "infer/seqrec.h"

#include <cstdio>
#include <limits>
#include <new>
#include <stdexcept>

#include "infer/session.h"

using seqrec::infer::Request;
using seqrec::infer::Session;
using seqrec::infer::SessionOptions;

struct seqrec_session {
  explicit seqrec_session(Session opened) : session(std::move(opened)) {
    const seqrec::Vocabulary& items = session.file().items;
    for (std::int32_t id = 0; id < items.size(); ++id) {
      begin.push_back(tokens.size());
      tokens += items.token(id);
      tokens += '\0';
    }
  }
  const char* token(std::int32_t id) const { return tokens.c_str() + begin[id]; }
  const char* title(std::int32_t id) const {
    const auto& titles = session.file().titles;
    return titles.empty() ? "" : titles[id].c_str();
  }

  Session session;
  std::string tokens;  // each ends with a 0, which the vocabulary's don't
  std::vector<std::size_t> begin;
};

namespace {

// Not a string, whose destructor glibc could not register without memory, and then ends the process.
thread_local char last_error[seqrec::Error::kLongestError + 1] = "";

seqrec_status fail(seqrec_status status, const char* text) noexcept {
  std::snprintf(last_error, sizeof(last_error), "%s", text);
  return status;
}

/// Runs `f`; an exception becomes a status and a text.
template <class F>
seqrec_status guard(F&& f) noexcept {
  try {
    f();
    return SEQREC_OK;
  } catch (const seqrec::infer::UnknownUserError& error) {
    return fail(SEQREC_ERROR_UNKNOWN_USER, error.what());
  } catch (const seqrec::infer::EmptyHistoryError& error) {
    return fail(SEQREC_ERROR_EMPTY_HISTORY, error.what());
  } catch (const seqrec::UsageError& error) {
    return fail(SEQREC_ERROR_USAGE, error.what());
  } catch (const seqrec::FormatError& error) {
    return fail(SEQREC_ERROR_FILE, error.what());
  } catch (const seqrec::IoError& error) {
    return fail(SEQREC_ERROR_FILE, error.what());
  } catch (const std::bad_alloc&) {
    return fail(SEQREC_ERROR, "out of memory");
  } catch (const std::length_error&) {  // of more than there can be
    return fail(SEQREC_ERROR, "out of memory");
  } catch (const std::exception& error) {
    return fail(SEQREC_ERROR, error.what());
  } catch (...) {
    return fail(SEQREC_ERROR, "unknown error");
  }
}

void check_not_null(const void* pointer, const char* name) {
  seqrec::require<seqrec::UsageError>(pointer != nullptr, name, " must not be NULL");
}

void check_flags(unsigned flags, unsigned known) {
  seqrec::require<seqrec::UsageError>((flags & ~known) == 0, "unknown flags: ", flags & ~known);
}

std::vector<std::string> strings(const char* const* texts, std::int64_t count, const char* name) {
  seqrec::require<seqrec::UsageError>(count >= 0, "n_", name, " must not be negative, got ", count);
  if (count > 0) check_not_null(texts, name);
  std::vector<std::string> result;
  for (std::int64_t i = 0; i < count; ++i) {
    seqrec::require<seqrec::UsageError>(texts[i] != nullptr, name, "[", i, "] must not be NULL");
    result.emplace_back(texts[i]);
  }
  return result;
}

Request make_request(const char* user, const char* const* history, std::int64_t n_history) {
  Request request;
  if (user) request.user = user;
  std::vector<std::string> tokens = strings(history, n_history, "history");
  if (history) request.history = std::move(tokens);
  return request;
}

/// Opens what `load` makes of the flags; `model`, called `name`, is what it is loaded from.
template <class Load>
seqrec_status open(const void* model, const char* name, unsigned flags, seqrec_session** session, Load&& load) {
  if (session) *session = nullptr;
  return guard([&] {
    check_not_null(model, name);
    check_not_null(session, "session");
    check_flags(flags, SEQREC_REFUSE_UNKNOWN_USER | SEQREC_ANSWER_EMPTY_HISTORY);
    SessionOptions options;
    if (flags & SEQREC_REFUSE_UNKNOWN_USER) options.unknown_user = seqrec::infer::UnknownUser::Error;
    if (flags & SEQREC_ANSWER_EMPTY_HISTORY) options.empty_history = seqrec::infer::EmptyHistory::Model;
    *session = new seqrec_session(load(options));
  });
}

seqrec::SafetensorsReader in_memory(const void* data, std::size_t bytes, const char* name) {
  return {std::span(static_cast<const std::byte*>(data), bytes), name};
}

}  // namespace

seqrec_status seqrec_open(const char* model_file, const char* histories_file, unsigned flags,
                          seqrec_session** session) {
  return open(model_file, "model_file", flags, session, [&](const SessionOptions& options) {
    Session opened(model_file, options);
    if (histories_file) opened.load_histories(std::filesystem::path(histories_file));
    return opened;
  });
}

seqrec_status seqrec_open_memory(const void* model, size_t model_bytes, const void* histories, size_t histories_bytes,
                                 unsigned flags, seqrec_session** session) {
  return open(model, "model", flags, session, [&](const SessionOptions& options) {
    Session opened(in_memory(model, model_bytes, "the model"), options);
    if (histories) opened.load_histories(in_memory(histories, histories_bytes, "the histories"));
    return opened;
  });
}

seqrec_status seqrec_recommend(const seqrec_session* session, const char* user, const char* const* history,
                               int64_t n_history, int64_t k, unsigned flags, seqrec_item* items, int64_t* count,
                               int64_t* unknown) {
  return guard([&] {
    check_not_null(session, "session");
    check_not_null(items, "items");
    check_not_null(count, "count");
    check_flags(flags, SEQREC_EXCLUDE_SEEN);
    Request request = make_request(user, history, n_history);
    request.k = k;
    request.exclude_seen = (flags & SEQREC_EXCLUDE_SEEN) != 0;
    const seqrec::infer::Answer answer = session->session.recommend(request);
    for (std::size_t i = 0; i < answer.items.size(); ++i) {
      const auto& item = answer.items[i];
      items[i] = {session->token(item.id), session->title(item.id), item.score};
    }
    *count = std::ssize(answer.items);
    if (unknown) *unknown = answer.unknown_items;
  });
}

seqrec_status seqrec_score(const seqrec_session* session, const char* user, const char* const* history,
                           int64_t n_history, const char* const* items, int64_t n_items, double* scores) {
  return guard([&] {
    check_not_null(session, "session");
    const std::vector<std::string> tokens = strings(items, n_items, "items");
    if (n_items > 0) check_not_null(scores, "scores");
    const auto found = session->session.score(make_request(user, history, n_history), tokens);
    for (std::size_t i = 0; i < found.size(); ++i) {
      scores[i] = found[i].value_or(std::numeric_limits<double>::quiet_NaN());
    }
  });
}

void seqrec_close(seqrec_session* session) { delete session; }

const char* seqrec_last_error(void) { return last_error; }

const char* seqrec_version(void) { return SEQREC_VERSION; }
