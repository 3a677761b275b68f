#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "core/shown.h"
#include "core/utf8.h"
#include "data/config.h"
#include "data/encoding.h"
#include "data/number.h"

namespace seqrec::data {
namespace {

constexpr std::size_t kDeepest = 32;
// What a configuration may hold, aliases of aliases written out.
constexpr std::size_t kMostValues = 100'000;
constexpr std::size_t kMostBytes = std::size_t{16} << 20;

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
  /// What a value takes: values, bytes of text, levels.
  struct Size {
    std::size_t values = 0, bytes = 0, levels = 0;
  };
  struct Frame {
    Json value;                      // a list or a map
    std::optional<std::string> key;  // of the member that comes next
    std::set<std::string> keys;
    YAML::anchor_t anchor;
    Size before;             // of all when it was opened
    std::size_t levels = 1;  // of it
  };
  struct Anchored {
    Json value;
    Size size;
  };

  void OnDocumentStart(const Mark& mark) override { begin = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const Mark& mark, YAML::anchor_t anchor) override { add(mark, anchor, nullptr); }
  void OnAlias(const Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) throw YAML::Exception(mark, "an alias of what holds it");
    const auto& [value, size] = known->second;
    if (takes_key()) throw YAML::Exception(mark, "a key must be a plain word");
    if (frames_.size() + size.levels > kDeepest) throw YAML::Exception(mark, concat("nested deeper than ", kDeepest));
    count(mark, size);
    place(value, size.levels);
  }
  void OnScalar(const Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& text) override {
    count(mark, {0, text.size(), 0});
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
    if (!frames_.back().keys.insert(text).second) throw YAML::Exception(mark, concat("key '", shown(text), "' twice"));
    frames_.back().key = text;
    if (frames_.size() == 1) lines.push_back(mark.line + 1);
  }

  void open(const Mark& mark, YAML::anchor_t anchor, Json value) {
    if (takes_key()) throw YAML::Exception(mark, "a key must be a plain word");
    if (frames_.size() >= kDeepest) throw YAML::Exception(mark, concat("nested deeper than ", kDeepest));
    frames_.push_back({std::move(value), std::nullopt, {}, anchor, all_});
    count(mark, {1, 0, 0});
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    const Size size{all_.values - frame.before.values, all_.bytes - frame.before.bytes, frame.levels};
    if (frame.anchor != 0) keep(frame.anchor, frame.value, size);
    place(std::move(frame.value), size.levels);
  }

  void add(const Mark& mark, YAML::anchor_t anchor, Json value) {
    if (takes_key()) throw YAML::Exception(mark, "a key must be a plain word");
    count(mark, {1, 0, 0});
    if (anchor != 0) keep(anchor, value, {1, value.is_string() ? value.as_string().size() : 0, 0});
    place(std::move(value), 0);
  }

  void count(const Mark& mark, const Size& more) {
    all_.values += more.values;
    all_.bytes += more.bytes;
    if (all_.values > kMostValues) throw YAML::Exception(mark, concat("more than ", kMostValues, " values"));
    if (all_.bytes + kept_bytes_ > kMostBytes)
      throw YAML::Exception(mark, concat("more than ", kMostBytes, " bytes of text, aliases written out"));
  }

  /// Keeps a copy of what an alias may stand for.
  void keep(YAML::anchor_t anchor, const Json& value, const Size& size) {
    kept_bytes_ += size.bytes;
    anchors_[anchor] = {value, size};
  }

  void place(Json value, std::size_t levels) {
    if (!frames_.empty()) frames_.back().levels = std::max(frames_.back().levels, levels + 1);
    if (frames_.empty()) {
      root = std::move(value);
    } else if (Frame& frame = frames_.back(); frame.value.is_array()) {
      frame.value.push_back(std::move(value));
    } else {
      frame.value.as_object().emplace_back(*std::exchange(frame.key, std::nullopt), std::move(value));
    }
  }

  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t kept_bytes_ = 0;  // of the anchors
  Size all_;                    // of the document
};

/// The line of the first byte that is no text in UTF-8, -1 if there is none. Anything else is kept from yaml-cpp, which
/// takes it for UTF-16 or UTF-32 and may not come back.
int first_foreign_line(std::string_view text) {
  int line = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    if (text[i] == '\0' || length == 0) return line;
    line += text[i] == '\n';
    i += length;
  }
  return -1;
}

Builder parse(std::string_view text) {
  YAML::Mark mark;
  mark.line = first_foreign_line(text);
  if (mark.line >= 0 && is_utf16(text)) throw YAML::Exception(mark, std::string(kUtf16));
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
