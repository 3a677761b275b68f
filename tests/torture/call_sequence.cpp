#include "call_sequence.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace torture {
namespace {

constexpr std::size_t kSessions = 3;
constexpr std::int64_t kUntouched = -77;
constexpr std::size_t kLongestError = 1024;

void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what + "; the last error: " + seqrec_last_error());
}

/// Choices, drawn from bytes; all are 0 once those are used up.
class Choices {
 public:
  Choices(const std::uint8_t* bytes, std::size_t size) : next_(bytes), end_(bytes + size) {}
  bool any() const { return next_ < end_; }
  int below(int n) { return next_ < end_ ? *next_++ % n : 0; }
  bool rarely() { return below(16) == 15; }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

struct Session {
  seqrec_session* pointer = nullptr;
  bool histories = false;
  unsigned flags = 0;
};

/// A token of the model's, or one that it doesn't know.
struct Token {
  std::string text;
  bool known, null;
};

/// The arguments that recommend and score share.
struct Asked {
  bool has_user = false, user_known = false, null_history = false;
  std::string user;
  std::vector<Token> history;
  std::int64_t n_history = 0;
  std::vector<const char*> pointers;

  bool usage_error() const {
    return n_history < 0 || (n_history > 0 && null_history) ||
           (!null_history && std::any_of(history.begin(), history.end(), [](const Token& t) { return t.null; }));
  }
  std::int64_t unknown() const {
    return std::count_if(history.begin(), history.end(), [](const Token& t) { return !t.known; });
  }
};

/// What is to be opened, each part NULL or a file. `spoilt` is 0, 1 for a model that is not there (no bytes) or 2 for
/// one that is none (a folder, half of the bytes).
struct Opened {
  const char *model, *histories;
  int spoilt;
};

std::vector<const char*> pointers(const std::vector<Token>& tokens) {
  std::vector<const char*> out;
  for (const Token& token : tokens) out.push_back(token.null ? nullptr : token.text.c_str());
  return out;
}

class Player {
 public:
  Player(const Material& material, Choices choices) : material_(material), choices_(choices) {}
  ~Player() {
    for (Session& session : sessions_) seqrec_close(session.pointer);
  }

  void play() {
    expect(std::count(seqrec_version(), seqrec_version() + std::strlen(seqrec_version()), '.') == 2, "seqrec_version");
    while (choices_.any()) {
      Session& session = sessions_[choices_.below(kSessions)];
      switch (choices_.below(5)) {
        case 0: open(session); break;
        case 1: close(session); break;
        case 2:
        case 3: recommend(session); break;
        default: score(session);
      }
    }
  }

 private:
  void open(Session& session) {
    close(session);
    const std::string& file = material_.model_files[choices_.below(static_cast<int>(material_.model_files.size()))];
    const int how = choices_.below(12), with = choices_.below(4);
    const Opened what{how == 0 ? nullptr : file.c_str(),
                      with == 0   ? nullptr
                      : with == 1 ? file.c_str()
                                  : material_.histories_file.c_str(),
                      how <= 2 ? how : 0};
    session.flags = choices_.rarely() ? 8u : static_cast<unsigned>(choices_.below(4));
    session.histories = what.histories != nullptr;
    const bool usage = !what.model || session.flags > 3, memory = choices_.below(2) == 1;
    const seqrec_status want = usage ? SEQREC_ERROR_USAGE : what.spoilt || with == 1 ? SEQREC_ERROR_FILE : SEQREC_OK;
    seqrec_session* opened = reinterpret_cast<seqrec_session*>(this);
    const seqrec_status got =
        memory ? open_memory(what, session.flags, &opened) : open_file(what, session.flags, &opened);
    const char* function = memory ? "seqrec_open_memory" : "seqrec_open";
    check(got, got == want, function);
    expect((opened != nullptr) == (got == SEQREC_OK),
           std::string(function) + ": the session after status " + std::to_string(got));
    session.pointer = opened;
    expect(seqrec_open(file.c_str(), nullptr, 0, nullptr) == SEQREC_ERROR_USAGE, "seqrec_open without a session");
    expect(seqrec_open_memory(file.data(), file.size(), nullptr, 0, 0, nullptr) == SEQREC_ERROR_USAGE,
           "seqrec_open_memory without a session");
    last_error_ = seqrec_last_error();
  }

  static seqrec_status open_file(const Opened& what, unsigned flags, seqrec_session** session) {
    const char* model = what.spoilt == 1 ? "/nowhere/model" : what.spoilt == 2 ? "/" : what.model;
    return seqrec_open(model, what.histories, flags, session);
  }

  /// The bytes are gone, or others, when it returns.
  static seqrec_status open_memory(const Opened& what, unsigned flags, seqrec_session** session) {
    std::vector<char> model, histories;
    if (what.model) model = content(what.model);
    if (what.spoilt) model.resize(what.spoilt == 1 ? 0 : model.size() / 2);
    model.shrink_to_fit();  // so that a sanitizer sees who reads beyond the end
    if (what.histories) histories = content(what.histories);
    const seqrec_status status =
        seqrec_open_memory(what.model ? model.data() ? model.data() : "" : nullptr, model.size(),
                           what.histories ? histories.data() : nullptr, histories.size(), flags, session);
    std::fill(model.begin(), model.end(), 'x');
    std::fill(histories.begin(), histories.end(), 'x');
    return status;
  }

  static void close(Session& session) {
    seqrec_close(session.pointer);
    session = {};
  }

  Token token(char first, int count) {
    const int which = choices_.below(count + 6);
    if (which < count) return {first + std::to_string(which + 1), true, false};
    const std::string odd[] = {"", "[PAD]", "\xff\xfe", std::string(300, 'x'), std::string(1, first)};
    if (which - count < 5) return {odd[which - count], false, false};
    return {"", false, choices_.rarely()};
  }

  Asked asked() {
    Asked out;
    if ((out.has_user = choices_.below(2) == 0)) {
      const Token user = token('u', material_.users);
      out.user = user.text;
      out.user_known = user.known;
    }
    if ((out.null_history = choices_.below(4) == 0)) {
      if (choices_.rarely()) out.n_history = 1;
      return out;
    }
    for (int n = choices_.below(8); n > 0; --n) out.history.push_back(token('i', material_.items));
    out.pointers = pointers(out.history);
    out.pointers.push_back("i1");  // so that there is an address without a history, too
    out.n_history = choices_.rarely() ? -1 : static_cast<std::int64_t>(out.history.size());
    return out;
  }

  /// The statuses that seqrec.h gives to a request that is no usage error by its arguments alone.
  static bool may_be(seqrec_status status, const Session& session, const Asked& asked) {
    const bool stranger = asked.has_user && !asked.user_known;
    const bool nothing_known =
        !asked.null_history && asked.unknown() == static_cast<std::int64_t>(asked.history.size());
    switch (status) {
      case SEQREC_ERROR_USAGE: return asked.null_history && (!session.histories || !asked.has_user);
      case SEQREC_ERROR_UNKNOWN_USER: return stranger && (session.flags & SEQREC_REFUSE_UNKNOWN_USER);
      case SEQREC_ERROR_EMPTY_HISTORY:
        return !(session.flags & SEQREC_ANSWER_EMPTY_HISTORY) && (nothing_known || asked.null_history);
      case SEQREC_OK:
        return !(asked.null_history && !session.histories) &&
               !(stranger && (session.flags & SEQREC_REFUSE_UNKNOWN_USER)) &&
               !(nothing_known && !(session.flags & SEQREC_ANSWER_EMPTY_HISTORY));
      default: return false;
    }
  }

  void check(seqrec_status status, bool right, const char* function) {
    expect(right, std::string(function) + ": status " + std::to_string(status));
    const std::string text = seqrec_last_error();
    expect(status == SEQREC_OK ? text == last_error_ : !text.empty(), std::string(function) + ": the last error");
    expect(text.size() <= kLongestError,
           std::string(function) + ": an error text of " + std::to_string(text.size()) + " bytes");
    last_error_ = text;
  }

  void recommend(const Session& session) {
    const Asked asked = this->asked();
    const std::int64_t ks[] = {1, 2, 3, 10, 1000, std::numeric_limits<std::int64_t>::max(), 0, -1};
    const std::int64_t k = ks[choices_.below(8)];
    const unsigned flags = choices_.rarely() ? 4u : static_cast<unsigned>(choices_.below(2));
    const bool null_items = choices_.rarely(), null_count = choices_.rarely(), null_unknown = choices_.below(4) == 0;
    const std::vector<seqrec_item> blank(static_cast<std::size_t>(material_.items), seqrec_item{"blank", "", 0.5});
    std::vector<seqrec_item> items = blank;
    std::int64_t count = kUntouched, unknown = kUntouched;
    const seqrec_status got = seqrec_recommend(session.pointer, asked.has_user ? asked.user.c_str() : nullptr,
                                               asked.null_history ? nullptr : asked.pointers.data(), asked.n_history, k,
                                               flags, null_items ? nullptr : items.data(),
                                               null_count ? nullptr : &count, null_unknown ? nullptr : &unknown);
    const bool usage = !session.pointer || asked.usage_error() || k < 1 || flags > 1 || null_items || null_count;
    check(got, usage ? got == SEQREC_ERROR_USAGE : may_be(got, session, asked), "seqrec_recommend");
    if (got != SEQREC_OK) {
      expect(count == kUntouched && unknown == kUntouched, "seqrec_recommend wrote counts and failed");
      expect(std::all_of(items.begin(), items.end(), [&](const seqrec_item& i) { return i.token == blank[0].token; }),
             "seqrec_recommend wrote items and failed");
      return;
    }
    expect(count >= 0 && count <= k && count <= material_.items,
           "seqrec_recommend: " + std::to_string(count) + " items");
    expect(null_unknown || asked.null_history || unknown == asked.unknown(), "seqrec_recommend: unknown items");
    check_items(items, count, asked, flags & SEQREC_EXCLUDE_SEEN);
  }

  static void check_items(const std::vector<seqrec_item>& items, std::int64_t count, const Asked& asked, bool exclude) {
    for (std::int64_t i = 0; i < count; ++i) {
      const seqrec_item& item = items[static_cast<std::size_t>(i)];
      expect(std::isfinite(item.score), "a score that is not finite");
      expect(i == 0 || item.score <= items[static_cast<std::size_t>(i - 1)].score, "scores that are not in order");
      expect(item.token[0] == 'i' && item.title != nullptr, "an item that is none");
      for (std::int64_t j = 0; j < i; ++j)
        expect(std::strcmp(item.token, items[static_cast<std::size_t>(j)].token) != 0, "an item that is there twice");
      for (const Token& seen : asked.history)
        expect(!exclude || seen.text != item.token, "an item that was seen and excluded");
    }
  }

  void score(const Session& session) {
    const Asked asked = this->asked();
    std::vector<Token> items;
    for (int n = choices_.below(6); n > 0; --n) items.push_back(token('i', material_.items));
    const std::vector<const char*> names = pointers(items);
    const std::int64_t n = choices_.rarely() ? -1 : static_cast<std::int64_t>(items.size());
    const bool null_items = choices_.rarely(), null_scores = choices_.rarely();
    std::vector<double> scores(items.size() + 1, kUntouched), again = scores;
    const auto ask = [&](std::vector<double>& out) {
      return seqrec_score(session.pointer, asked.has_user ? asked.user.c_str() : nullptr,
                          asked.null_history ? nullptr : asked.pointers.data(), asked.n_history,
                          null_items ? nullptr : names.data(), n, null_scores ? nullptr : out.data());
    };
    const seqrec_status got = ask(scores);
    const bool null_item = std::any_of(items.begin(), items.end(), [](const Token& t) { return t.null; });
    const bool usage =
        !session.pointer || asked.usage_error() || n < 0 || (n > 0 && (null_items || null_scores || null_item));
    check(got, usage ? got == SEQREC_ERROR_USAGE : may_be(got, session, asked), "seqrec_score");
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (got != SEQREC_OK)
        expect(scores[i] == kUntouched, "seqrec_score wrote scores and failed");
      else
        expect(items[i].known ? std::isfinite(scores[i]) : std::isnan(scores[i]), "seqrec_score: a score");
    }
    if (got != SEQREC_OK) return;
    expect(ask(again) == SEQREC_OK, "seqrec_score: the same once more");
    expect(std::memcmp(scores.data(), again.data(), scores.size() * sizeof(double)) == 0,
           "seqrec_score: other scores for the same");
  }

  const Material& material_;
  Choices choices_;
  Session sessions_[kSessions];
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
