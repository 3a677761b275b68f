#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "data/config.h"
#include "data/number.h"

namespace seqrec::data {
namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostValues = 100'000;  // also what aliases of aliases may grow to

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A decimal number as YAML 1.1 with RecBole's patch has it ("1e-4" too), but none with a leading zero ("007" is a
/// token); no "inf" and "nan", which from_chars would take.
Json parse_numeral(std::string_view text) {
  std::string_view digits = text;
  if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.remove_prefix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return nullptr;
  if (is_digits(digits)) {
    if (digits.size() > 1 && digits[0] == '0') return nullptr;
    if (const auto integer = parse_number<std::int64_t>(text)) return *integer;
  }
  const auto number = parse_number<double>(text);
  return number && std::isfinite(*number) ? Json(*number) : Json();
}

Json plain_scalar(const std::string& text) {
  static const std::set<std::string_view> kNull = {"", "~", "null", "Null", "NULL", "None"};
  static const std::set<std::string_view> kTrue = {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"};
  static const std::set<std::string_view> kFalse = {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"};
  if (kNull.contains(text)) return nullptr;
  if (kTrue.contains(text)) return true;
  if (kFalse.contains(text)) return false;
  const Json number = parse_numeral(text);
  return number.is_null() ? Json(text) : number;
}

/// Builds a Json from yaml-cpp's events; throws YAML::Exception with the place.
class Builder : public YAML::EventHandler {
 public:
  using Mark = YAML::Mark;

  Mark begin;  ///< of the document
  Json root;
  std::vector<int> lines;  ///< of the root's members, if it is a map

 private:
  struct Frame {
    Json value;                      // a list or a map
    std::optional<std::string> key;  // of the member that comes next
    std::set<std::string> keys;
    YAML::anchor_t anchor;
  };

  void OnDocumentStart(const Mark& mark) override { begin = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const Mark& mark, YAML::anchor_t anchor) override { add(mark, anchor, nullptr); }
  void OnAlias(const Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) throw YAML::Exception(mark, "an alias of what holds it");
    values_ += known->second.second;
    add(mark, 0, known->second.first);
  }
  void OnScalar(const Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) override {
    if (takes_key()) {
      take_key(mark, text);
      return;
    }
    const bool quoted = tag == "!" || tag.ends_with(":str");
    add(mark, anchor, quoted ? Json(text) : plain_scalar(text));
  }
  void OnSequenceStart(const Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, anchor, Json::array());
  }
  void OnMapStart(const Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, anchor, Json::object());
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  bool takes_key() const { return !frames_.empty() && frames_.back().value.is_object() && !frames_.back().key; }

  void take_key(const Mark& mark, const std::string& text) {
    if (!frames_.back().keys.insert(text).second) throw YAML::Exception(mark, concat("key '", text, "' twice"));
    frames_.back().key = text;
    if (frames_.size() == 1) lines.push_back(mark.line + 1);
  }

  void open(const Mark& mark, YAML::anchor_t anchor, Json value) {
    if (takes_key()) throw YAML::Exception(mark, "a key must be a plain word");
    if (frames_.size() >= kDeepest) throw YAML::Exception(mark, concat("nested deeper than ", kDeepest));
    frames_.push_back({std::move(value), std::nullopt, {}, anchor});
    begins_.push_back(values_);
    count(mark);
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    const std::size_t size = values_ - begins_.back();
    begins_.pop_back();
    if (frame.anchor != 0) anchors_[frame.anchor] = {frame.value, size};
    place(std::move(frame.value));
  }

  void add(const Mark& mark, YAML::anchor_t anchor, Json value) {
    if (takes_key()) throw YAML::Exception(mark, "a key must be a plain word");
    count(mark);
    if (anchor != 0) anchors_[anchor] = {value, 1};
    place(std::move(value));
  }

  void count(const Mark& mark) {
    if (++values_ > kMostValues) throw YAML::Exception(mark, concat("more than ", kMostValues, " values"));
  }

  void place(Json value) {
    if (frames_.empty()) {
      root = std::move(value);
    } else if (Frame& frame = frames_.back(); frame.value.is_array()) {
      frame.value.push_back(std::move(value));
    } else {
      frame.value.as_object().emplace_back(*std::exchange(frame.key, std::nullopt), std::move(value));
    }
  }

  std::vector<Frame> frames_;
  std::vector<std::size_t> begins_;                                 // values_ when each frame was opened
  std::map<YAML::anchor_t, std::pair<Json, std::size_t>> anchors_;  // with the number of values in each
  std::size_t values_ = 0;
};

/// The line of the first byte that is no text in UTF-8, -1 if there is none. Anything else is kept from yaml-cpp, which
/// takes it for UTF-16 or UTF-32 and may not come back.
int first_foreign_line(std::string_view text) {
  int line = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80                   ? 1
                               : byte >= 0xC2 && byte < 0xE0 ? 2
                               : byte >> 4 == 0xE            ? 3
                               : byte >= 0xF0 && byte < 0xF5 ? 4
                                                             : 0;
    if (byte == 0 || length == 0 || i + length > text.size()) return line;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return line;
    line += byte == '\n';
    i += length;
  }
  return -1;
}

Builder parse(std::string_view text) {
  YAML::Mark mark;
  mark.line = first_foreign_line(text);
  if (mark.line >= 0) throw YAML::Exception(mark, "not a text in UTF-8");
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  Builder first, second;
  parser.HandleNextDocument(first);
  // YAML::LoadAll goes round for ever where the parser doesn't move on (after ',').
  if (parser.HandleNextDocument(second)) throw YAML::Exception(second.begin, "more than one document");
  return first;
}

}  // namespace

std::vector<YamlEntry> parse_yaml(std::string_view text, const std::string& name) {
  try {
    Builder built = parse(text);
    std::vector<YamlEntry> entries;
    if (built.root.is_null()) return entries;
    if (!built.root.is_object()) throw YAML::Exception(built.begin, "expected lines 'key: value'");
    for (std::size_t i = 0; i < built.lines.size(); ++i) {
      auto& [key, value] = built.root.as_object()[i];
      entries.push_back({std::move(key), std::move(value), built.lines[i]});
    }
    return entries;
  } catch (const YAML::Exception& error) {
    throw ConfigError(concat(name, ":", error.mark.line + 1, ": ", error.msg));
  }
}

Json parse_setting(std::string_view text) {
  try {
    Json value = parse(text).root;
    // A value that YAML reads as nothing but a comment or a blank ("#", " ") is meant as it stands.
    const std::string_view word = trim(text);
    if (value.is_null() && (word.empty() || !plain_scalar(std::string(word)).is_null())) return text;
    return value;
  } catch (const YAML::Exception&) {
    return text;
  }
}

Json parse_text_setting(std::string_view text) {
  const std::string_view word = trim(text);
  if (word.empty()) return text;
  Json value = parse_setting(text);
  const bool quoted = word[0] == '"' || word[0] == '\'';
  return value.is_null() || (quoted && value.is_string()) ? value : Json(word);
}

}  // namespace seqrec::data
