#include "call_sequence.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>

#include "call_arguments.h"

namespace torture {
namespace {

constexpr std::int64_t kUntouched = -77;
constexpr std::size_t kLongestError = 1024;

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what + "; the last error: " + seqrec_last_error());
}

/// What an opened model was opened with.
struct Traits {
  int serial = 0;
  bool histories = false;
  std::int32_t unknown_user = 0, empty_history = 0;
  std::int64_t item_width = 0, history_width = 0;
};

struct Model {
  seqrec_model* pointer = nullptr;
  Traits traits;
};

struct Request {
  seqrec_request* pointer = nullptr;
  int serial = 0;  // of its model
  std::int64_t k = 0;
  bool exclude_seen = false;
  DrawnItems exclude, candidates;
};

struct Session {
  seqrec_session* pointer = nullptr;
  Traits of;
  DrawnQuery own;  // its own history
};

/// What is to be opened, each part NULL or a file. `spoilt` is 0, 1 for a model that is not there (no bytes) or 2 for
/// one that is none (a folder, half of the bytes).
struct Source {
  const char *model, *histories;
  int spoilt;
};

class Player {
 public:
  Player(const Material& material, Choices choices) : material_(material), choices_(choices) {}
  ~Player() {
    for (Model& model : models_) seqrec_model_close(model.pointer);
    for (Request& request : requests_) seqrec_request_close(request.pointer);
    for (Session& session : sessions_) seqrec_session_close(session.pointer);
  }

  void play() {
    expect(std::count(seqrec_version(), seqrec_version() + std::strlen(seqrec_version()), '.') == 2, "seqrec_version");
    expect(seqrec_abi_version() == SEQREC_ABI_VERSION, "seqrec_abi_version");
    while (choices_.any()) {
      Model& model = models_[choices_.below(2)];
      Request& request = requests_[choices_.below(2)];
      Session& session = sessions_[choices_.below(3)];
      switch (choices_.below(13)) {
        case 0:
        case 1: open(model); break;
        case 2: look_at(model); break;
        case 3: open(request, model); break;
        case 4:
        case 5: open(session, model); break;
        case 6: start(session); break;
        case 7: append(session); break;
        case 8: score(session); break;
        case 9: vector(session); break;
        case 10: recommend_batch(session, request); break;
        default: recommend(session, request);
      }
    }
  }

 private:
  /// What is open mostly stays so, that something can be asked of it.
  bool keeps(const void* opened) { return opened && choices_.below(8) != 0; }

  void check(seqrec_status status, bool right, const char* function) {
    expect(right, std::string(function) + ": status " + std::to_string(status));
    const std::string text = seqrec_last_error();
    expect(status == SEQREC_OK ? text == last_error_ : !text.empty(), std::string(function) + ": the last error");
    expect(text.size() <= kLongestError,
           std::string(function) + ": an error text of " + std::to_string(text.size()) + " bytes");
    last_error_ = text;
  }
  void check_usage(seqrec_status status, const char* function) {
    check(status, status == SEQREC_ERROR_USAGE, function);
  }

  // ---- models

  void open(Model& model) {
    if (keeps(model.pointer)) return;
    seqrec_model_close(model.pointer);
    model = {};
    if (choices_.rarely()) return;
    const std::string& file = material_.model_files[choices_.below(static_cast<int>(material_.model_files.size()))];
    const int how = choices_.below(12), with = choices_.below(4);
    const Source source{how == 0 ? nullptr : file.c_str(),
                        with == 0   ? nullptr
                        : with == 1 ? file.c_str()
                                    : material_.histories_file.c_str(),
                        how <= 2 ? how : 0};
    seqrec_model_options options = SEQREC_MODEL_OPTIONS_INIT;
    options.unknown_user = choices_.rarely() ? 5 : choices_.below(2);
    options.empty_history = choices_.rarely() ? -1 : choices_.below(2);
    const bool in_memory = choices_.below(2) == 1, wrong_size = choices_.rarely();
    if (wrong_size) options.size -= choices_.below(2) == 0 ? 1 : options.size;
    const bool usage = !source.model || options.unknown_user > 1 || options.empty_history < 0 || wrong_size;
    const seqrec_status want = usage ? SEQREC_ERROR_USAGE : source.spoilt || with == 1 ? SEQREC_ERROR_FILE : SEQREC_OK;
    auto* opened = reinterpret_cast<seqrec_model*>(this);
    const seqrec_status got = in_memory ? open_memory(source, options, &opened) : open_file(source, options, &opened);
    const char* function = in_memory ? "seqrec_model_open_memory" : "seqrec_model_open";
    check(got, got == want, function);
    expect((opened != nullptr) == (got == SEQREC_OK),
           std::string(function) + ": the model after status " + std::to_string(got));
    check_usage(seqrec_model_open(file.c_str(), nullptr, nullptr), "seqrec_model_open without a model");
    check_usage(seqrec_model_open_memory(file.data(), file.size(), nullptr, nullptr),
                "seqrec_model_open_memory without a model");
    if (!opened) return;
    seqrec_info info = SEQREC_INFO_INIT;
    expect(seqrec_model_info(opened, &info) == SEQREC_OK, "seqrec_model_info of an opened model");
    model.pointer = opened;
    model.traits = {++opened_,
                    source.histories != nullptr,
                    options.unknown_user,
                    options.empty_history,
                    info.item_vector_width,
                    info.history_vector_width};
  }

  static seqrec_status open_file(const Source& source, seqrec_model_options options, seqrec_model** model) {
    options.histories_file = source.histories;
    const char* file = source.spoilt == 1 ? "/nowhere/model" : source.spoilt == 2 ? "/" : source.model;
    return seqrec_model_open(file, &options, model);
  }

  /// The bytes are gone, or others, when it returns.
  static seqrec_status open_memory(const Source& source, seqrec_model_options options, seqrec_model** opened) {
    std::vector<char> model, histories;
    if (source.model) model = content(source.model);
    if (source.spoilt) model.resize(source.spoilt == 1 ? 0 : model.size() / 2);
    model.shrink_to_fit();  // so that a sanitizer sees who reads beyond the end
    if (source.histories) histories = content(source.histories);
    options.histories = source.histories ? histories.data() : nullptr;
    options.histories_bytes = histories.size();
    const char* const bytes = source.model ? model.data() ? model.data() : "" : nullptr;
    const seqrec_status status = seqrec_model_open_memory(bytes, model.size(), &options, opened);
    std::fill(model.begin(), model.end(), 'x');
    std::fill(histories.begin(), histories.end(), 'x');
    return status;
  }

  void look_at(const Model& model) {
    seqrec_info info = SEQREC_INFO_INIT;
    const bool null_info = choices_.rarely();
    seqrec_status got = seqrec_model_info(model.pointer, null_info ? nullptr : &info);
    check(got, got == (model.pointer && !null_info ? SEQREC_OK : SEQREC_ERROR_USAGE), "seqrec_model_info");
    if (got == SEQREC_OK)
      expect(info.n_items == material_.items && info.n_users == material_.users, "seqrec_model_info: how many");

    look_up(model, Token(choices_, 'i', material_.items), seqrec_item_id, seqrec_item_token, material_.items);
    look_up(model, Token(choices_, 'u', material_.users), seqrec_user_id, seqrec_user_token, material_.users);
    const Token token(choices_, 'i', material_.items);
    const char* title = nullptr;
    got = seqrec_item_title(model.pointer, token.id, &title);
    check(got, got == (model.pointer && token.known ? SEQREC_OK : SEQREC_ERROR_USAGE), "seqrec_item_title");
    expect((title != nullptr) == (got == SEQREC_OK), "seqrec_item_title: the title");

    const int first = choices_.below(material_.items + 2), n = choices_.below(4) - 1;
    const std::int64_t width = choices_.rarely() ? -1 : model.traits.item_width;
    std::vector<float> vectors(static_cast<std::size_t>(4 * std::max<std::int64_t>(width, 1)),
                               std::numeric_limits<float>::infinity());
    got = seqrec_item_vectors(model.pointer, first, n, width, vectors.data());
    const bool usage =
        !model.pointer || first < 1 || n < 0 || n > material_.items - first + 1 || first > material_.items;
    const bool none = model.traits.item_width == 0;
    check(got,
          usage  ? got == SEQREC_ERROR_USAGE
          : none ? got == SEQREC_ERROR_UNSUPPORTED
                 : got == (width < 0 ? SEQREC_ERROR_USAGE : SEQREC_OK),
          "seqrec_item_vectors");
    for (std::size_t i = 0; i < vectors.size(); ++i)
      expect(std::isfinite(vectors[i]) == (got == SEQREC_OK && i < static_cast<std::size_t>(n * width)),
             "seqrec_item_vectors: what was written");
  }

  template <class Id, class Text>
  void look_up(const Model& model, const Token& token, Id id_of, Text token_of, int count) {
    std::int32_t id = kUntouched;
    const char* text = nullptr;
    seqrec_status got = id_of(model.pointer, token.wrong ? nullptr : token.text.c_str(), &id);
    check(got, got == (model.pointer && !token.wrong ? SEQREC_OK : SEQREC_ERROR_USAGE), "the id of a token");
    expect(id == (got == SEQREC_OK ? token.id : kUntouched), "the id of a token: " + std::to_string(id));
    const std::int32_t any = choices_.below(count + 3) - 1;
    got = token_of(model.pointer, any, &text);
    check(got, got == (model.pointer && any >= 1 && any <= count ? SEQREC_OK : SEQREC_ERROR_USAGE),
          "the token of an id");
    if (got == SEQREC_OK) expect(id_of(model.pointer, text, &id) == SEQREC_OK && id == any, "the id of an id's token");
  }

  // ---- requests

  void open(Request& request, const Model& model) {
    if (keeps(request.pointer) && request.serial == model.traits.serial) return;
    seqrec_request_close(request.pointer);
    request = {};
    const std::int64_t ks[] = {0, 1, 3, 10, 1000, std::numeric_limits<std::int64_t>::max(), -1, 2};
    request.k = ks[choices_.below(8)];
    const std::uint32_t flags = choices_.rarely() ? 4u : static_cast<std::uint32_t>(choices_.below(2));
    request.exclude_seen = flags == SEQREC_EXCLUDE_SEEN;
    request.exclude = DrawnItems(choices_, material_.items, 6);
    if (choices_.below(2) == 0) request.candidates = DrawnItems(choices_, material_.items, 9);
    request.serial = model.traits.serial;
    seqrec_request_options options = SEQREC_REQUEST_OPTIONS_INIT;
    options.flags = flags;
    options.k = request.k;
    options.exclude = request.exclude.tokens();
    options.exclude_ids = request.exclude.ids();
    options.n_exclude = request.exclude.n();
    options.candidates = request.candidates.tokens();
    options.candidate_ids = request.candidates.ids();
    options.n_candidates = request.candidates.n();
    auto* opened = reinterpret_cast<seqrec_request*>(this);
    const seqrec_status got = seqrec_request_open(model.pointer, &options, &opened);
    const bool usage =
        !model.pointer || flags > 1 || request.k < 0 || request.exclude.wrong() || request.candidates.wrong();
    check(got, got == (usage ? SEQREC_ERROR_USAGE : SEQREC_OK), "seqrec_request_open");
    expect((opened != nullptr) == (got == SEQREC_OK), "seqrec_request_open: the request");
    request.pointer = opened;
    std::int64_t exclude = kUntouched, candidates = kUntouched;
    const seqrec_status told = seqrec_request_unknown(opened, &exclude, &candidates);
    check(told, told == (opened ? SEQREC_OK : SEQREC_ERROR_USAGE), "seqrec_request_unknown");
    if (opened)
      expect(exclude == request.exclude.unknown() && candidates == request.candidates.unknown(),
             "seqrec_request_unknown: how many");
  }

  // ---- sessions

  void open(Session& session, const Model& model) {
    if (keeps(session.pointer)) return;
    seqrec_session_close(session.pointer);
    session = {};
    auto* opened = reinterpret_cast<seqrec_session*>(this);
    const seqrec_status got = seqrec_session_open(model.pointer, &opened);
    check(got, got == (model.pointer ? SEQREC_OK : SEQREC_ERROR_USAGE), "seqrec_session_open");
    expect((opened != nullptr) == (got == SEQREC_OK), "seqrec_session_open: the session");
    session.pointer = opened;
    session.of = model.traits;
  }

  /// The statuses that seqrec.h gives to a query that is no usage error by its arguments alone.
  static bool may_be(seqrec_status status, const Session& session, const DrawnQuery& asked) {
    const bool refused = asked.stranger() && session.of.unknown_user == SEQREC_UNKNOWN_USER_REFUSE;
    const bool needs_histories = asked.own_history && (!session.of.histories || !asked.has_user);
    const bool none_is_wrong = session.of.empty_history == SEQREC_EMPTY_HISTORY_REFUSE;
    const bool nothing_known =
        !asked.own_history && asked.history.unknown() == static_cast<std::int64_t>(asked.history.items().size());
    switch (status) {
      case SEQREC_ERROR_USAGE: return needs_histories;
      case SEQREC_ERROR_UNKNOWN_USER: return refused;
      case SEQREC_ERROR_EMPTY_HISTORY: return none_is_wrong && (nothing_known || asked.own_history);
      case SEQREC_OK: return !needs_histories && !refused && !(nothing_known && none_is_wrong);
      default: return false;
    }
  }

  /// A query, or in a third of the cases the session's own.
  struct Drawn {
    bool own;
    DrawnQuery drawn;
    /// What is given, written to `memory`; NULL for the session's own.
    const seqrec_query* in(seqrec_query& memory) const {
      memory = drawn.query();
      return own ? nullptr : &memory;
    }
  };
  Drawn draw(const Session& session) {
    const bool own = choices_.below(3) == 0;
    return {own, own ? session.own : DrawnQuery(choices_, material_.users, material_.items)};
  }

  /// An answer's memory, which nothing has written to.
  struct Answer {
    explicit Answer(int items) : blank(static_cast<std::size_t>(items), {"blank", "", 0.5, -1, 0}), items(blank) {
      answer.items = this->items.data();
      answer.room = items;
      answer.count = answer.unknown_items = kUntouched;
    }
    bool untouched() const {
      return answer.count == kUntouched && answer.unknown_items == kUntouched &&
             std::all_of(items.begin(), items.end(), [&](const seqrec_item& i) { return i.id == -1; });
    }
    std::vector<seqrec_item> blank, items;
    seqrec_answer answer = SEQREC_ANSWER_INIT;
  };

  void check_answer(const Answer& given, const Request& request, const DrawnQuery& asked, const char* function) {
    const seqrec_answer& answer = given.answer;
    const std::string name = function;
    const bool has_request = request.pointer != nullptr;
    expect(answer.count >= 0 && answer.count <= answer.room && answer.count <= material_.items,
           name + ": " + std::to_string(answer.count) + " items");
    expect(!has_request || request.k == 0 || answer.count <= request.k, name + ": more than k items");
    expect(asked.own_history || answer.unknown_items == asked.history.unknown(), name + ": unknown items");
    expect(answer.unknown_user == (asked.stranger() ? 1 : 0), name + ": an unknown user");
    for (std::int64_t i = 0; i < answer.count; ++i) {
      const seqrec_item& item = given.items[static_cast<std::size_t>(i)];
      expect(std::isfinite(item.score), "a score that is not finite");
      expect(i == 0 || item.score <= given.items[static_cast<std::size_t>(i - 1)].score,
             "scores that are not in order");
      expect("i" + std::to_string(item.id) == item.token && item.title != nullptr && item.reserved == 0,
             "an item that is none");
      for (std::int64_t j = 0; j < i; ++j)
        expect(item.id != given.items[static_cast<std::size_t>(j)].id, "an item that is there twice");
      if (!has_request) continue;
      expect(!request.exclude_seen || asked.own_history || !asked.history.holds(item.id),
             "an item that was seen and excluded");
      expect(!request.exclude.holds(item.id), "an item that was excluded");
      expect(request.candidates.absent() || request.candidates.holds(item.id), "an item that is no candidate");
    }
  }

  static bool usage(const Session& session, const Request& request, const DrawnQuery& asked) {
    return !session.pointer || asked.wrong() || (request.pointer && request.serial != session.of.serial);
  }

  void recommend(const Session& session, const Request& request) {
    const Drawn asked = draw(session);
    seqrec_query memory;
    const seqrec_query* const query = asked.in(memory);
    Answer answer(material_.items);
    const int wrong = choices_.rarely() ? choices_.below(4) : -1;
    if (wrong == 0) answer.answer.items = nullptr;
    if (wrong == 1) answer.answer.room = -choices_.below(2);
    if (wrong == 2) answer.answer.size = static_cast<std::size_t>(choices_.below(8));
    const seqrec_status got =
        seqrec_session_recommend(session.pointer, request.pointer, query, wrong == 3 ? nullptr : &answer.answer);
    check(got,
          wrong >= 0 || usage(session, request, asked.drawn) ? got == SEQREC_ERROR_USAGE
                                                             : may_be(got, session, asked.drawn),
          "seqrec_session_recommend");
    if (got != SEQREC_OK)
      expect(answer.untouched(), "seqrec_session_recommend wrote and failed");
    else
      check_answer(answer, request, asked.drawn, "seqrec_session_recommend");
  }

  void recommend_batch(const Session& session, const Request& request) {
    std::vector<DrawnQuery> drawn;
    std::vector<Answer> memory;
    for (int i = choices_.below(5); i > 0; --i) {
      drawn.emplace_back(choices_, material_.users, material_.items);
      memory.emplace_back(material_.items);
    }
    std::vector<seqrec_query> queries;
    std::vector<seqrec_answer> answers;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      queries.push_back(drawn[i].query());
      answers.push_back(memory[i].answer);
      answers[i].items = memory[i].items.data();
    }
    const std::int64_t n = choices_.rarely() ? -1 : static_cast<std::int64_t>(queries.size());
    const bool null_queries = choices_.rarely(), null_answers = choices_.rarely();
    const bool wrong_size =
        std::any_of(queries.begin(), queries.end(), [](const seqrec_query& q) { return q.size != sizeof q; });
    const bool other_model = request.pointer && request.serial != session.of.serial;
    const bool wrong =
        !session.pointer || other_model || n < 0 || (n > 0 && (null_queries || null_answers || wrong_size));
    const seqrec_status got =
        seqrec_session_recommend_batch(session.pointer, request.pointer, null_queries ? nullptr : queries.data(), n,
                                       null_answers ? nullptr : answers.data());
    expect(got == (wrong ? SEQREC_ERROR_USAGE : SEQREC_OK),
           "seqrec_session_recommend_batch: status " + std::to_string(got));
    last_error_ = seqrec_last_error();  // that of a query, if one failed
    for (std::size_t i = 0; i < memory.size(); ++i) {
      memory[i].answer = answers[i];
      if (got != SEQREC_OK) {
        expect(memory[i].untouched(), "seqrec_session_recommend_batch wrote and failed");
        continue;
      }
      const seqrec_status status = answers[i].status;
      expect(drawn[i].wrong() ? status == SEQREC_ERROR_USAGE : may_be(status, session, drawn[i]),
             "seqrec_session_recommend_batch: the status of one " + std::to_string(status));
      if (status == SEQREC_OK)
        check_answer(memory[i], request, drawn[i], "seqrec_session_recommend_batch");
      else
        expect(answers[i].count == 0 && !last_error_.empty(), "seqrec_session_recommend_batch: a failed one");
    }
  }

  void score(const Session& session) {
    const Drawn asked = draw(session);
    seqrec_query memory;
    const seqrec_query* const query = asked.in(memory);
    const DrawnItems items(choices_, material_.items, 6);
    const bool null_scores = choices_.rarely(), by_id = items.tokens() == nullptr;
    std::vector<double> scores(items.items().size() + 1, kUntouched), again = scores;
    const auto ask = [&](std::vector<double>& out) {
      double* const to = null_scores ? nullptr : out.data();
      return by_id ? seqrec_session_score_ids(session.pointer, query, items.ids(), items.n(), to)
                   : seqrec_session_score(session.pointer, query, items.tokens(), items.n(), to);
    };
    const seqrec_status got = ask(scores);
    // What is given in both ways is right here: each function takes one.
    const bool wrong_item =
        std::any_of(items.items().begin(), items.items().end(), [](const Token& t) { return t.wrong; });
    const bool wrong = wrong_item || items.n() < 0 || items.n() > INT32_MAX || (items.absent() && items.n() > 0) ||
                       (null_scores && items.n() > 0);
    check(got,
          wrong || !session.pointer || asked.drawn.wrong() ? got == SEQREC_ERROR_USAGE
                                                           : may_be(got, session, asked.drawn),
          "seqrec_session_score");
    for (std::size_t i = 0; i < items.items().size(); ++i) {
      if (got != SEQREC_OK)
        expect(scores[i] == kUntouched, "seqrec_session_score wrote scores and failed");
      else
        expect(items.items()[i].known ? std::isfinite(scores[i]) : std::isnan(scores[i]),
               "seqrec_session_score: a score");
    }
    if (got != SEQREC_OK) return;
    expect(ask(again) == SEQREC_OK, "seqrec_session_score: the same once more");
    expect(std::memcmp(scores.data(), again.data(), scores.size() * sizeof(double)) == 0,
           "seqrec_session_score: other scores for the same");
  }

  void vector(const Session& session) {
    const Drawn asked = draw(session);
    seqrec_query memory;
    const seqrec_query* const query = asked.in(memory);
    const std::int64_t width = choices_.rarely() ? 1000 : session.of.history_width;
    const bool null_vector = choices_.rarely();
    std::vector<float> out(static_cast<std::size_t>(session.of.history_width) + 1,
                           std::numeric_limits<float>::infinity());
    const seqrec_status got = seqrec_session_vector(session.pointer, query, width, null_vector ? nullptr : out.data());
    const bool none = session.pointer && session.of.history_width == 0;
    const bool wrong = !session.pointer || width != session.of.history_width || null_vector || asked.drawn.wrong();
    check(got,
          none    ? got == SEQREC_ERROR_UNSUPPORTED
          : wrong ? got == SEQREC_ERROR_USAGE
                  : may_be(got, session, asked.drawn),
          "seqrec_session_vector");
    for (std::size_t i = 0; i < out.size(); ++i)
      expect(std::isfinite(out[i]) == (got == SEQREC_OK && i + 1 < out.size()),
             "seqrec_session_vector: what was written");
  }

  void start(Session& session) {
    const bool nothing = choices_.below(4) == 0;
    DrawnQuery drawn;
    if (!nothing) drawn = DrawnQuery(choices_, material_.users, material_.items);
    const seqrec_query query = drawn.query();
    const seqrec_status got = seqrec_session_start(session.pointer, nothing ? nullptr : &query);
    const bool needs = drawn.own_history && (!session.of.histories || !drawn.has_user);
    check(got, got == (!session.pointer || drawn.wrong() || needs ? SEQREC_ERROR_USAGE : SEQREC_OK),
          "seqrec_session_start");
    if (got == SEQREC_OK) session.own = drawn;
  }

  void append(Session& session) {
    const Token token(choices_, 'i', material_.items);
    const seqrec_status got = choices_.below(2) == 0
                                  ? seqrec_session_append(session.pointer, token.wrong ? nullptr : token.text.c_str())
                                  : seqrec_session_append_id(session.pointer, token.id);
    check(got, got == (session.pointer && !token.wrong ? SEQREC_OK : SEQREC_ERROR_USAGE), "seqrec_session_append");
    // Of a user's own history that grows, this side knows the end alone.
    if (got == SEQREC_OK) session.own.history.append(token);
  }

  const Material& material_;
  Choices choices_;
  Model models_[2];
  Request requests_[2];
  Session sessions_[3];
  int opened_ = 0;
  std::string last_error_ = seqrec_last_error();
};

}  // namespace

std::vector<char> content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  expect(!bytes.empty(), "can't read " + file);
  return bytes;
}

void play(const Material& material, const std::uint8_t* bytes, std::size_t size) {
  Player(material, Choices(bytes, size)).play();
}

}  // namespace torture
