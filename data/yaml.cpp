#include <cmath>
#include <set>

#include <yaml-cpp/yaml.h>

#include "data/config.h"
#include "data/number.h"

namespace seqrec::data {
namespace {

constexpr int kDeepest = 32;
constexpr std::size_t kMostNodes = 100'000;  // also what aliases of aliases may grow to

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

/// Turns yaml-cpp's nodes to Json; throws YAML::Exception with the place.
class Converter {
 public:
  Json convert(const YAML::Node& node, int depth = 0) {
    if (depth > kDeepest) throw YAML::Exception(node.Mark(), concat("nested deeper than ", kDeepest));
    if (++nodes_ > kMostNodes) throw YAML::Exception(node.Mark(), concat("more than ", kMostNodes, " values"));
    switch (node.Type()) {
      case YAML::NodeType::Scalar: return node.Tag() == "!" ? Json(node.Scalar()) : plain_scalar(node.Scalar());
      case YAML::NodeType::Sequence: {
        Json out = Json::array();
        for (const YAML::Node& item : node) out.push_back(convert(item, depth + 1));
        return out;
      }
      case YAML::NodeType::Map: {
        Json::Object out;
        std::set<std::string> seen;
        for (const auto& member : node) {
          std::string key = key_of(member.first);
          if (!seen.insert(key).second) throw YAML::Exception(member.first.Mark(), concat("key '", key, "' twice"));
          out.emplace_back(std::move(key), convert(member.second, depth + 1));
        }
        return out;
      }
      default: return nullptr;
    }
  }

  static std::string key_of(const YAML::Node& node) {
    if (!node.IsScalar()) throw YAML::Exception(node.Mark(), "a key must be a plain word");
    return node.Scalar();
  }

 private:
  std::size_t nodes_ = 0;
};

YAML::Node load_one(std::string_view text) {
  const std::vector<YAML::Node> documents = YAML::LoadAll(std::string(text));
  if (documents.empty()) return {};
  if (documents.size() > 1) throw YAML::Exception(documents[1].Mark(), "more than one document");
  return documents[0];
}

}  // namespace

std::vector<YamlEntry> parse_yaml(std::string_view text, const std::string& name) {
  try {
    const YAML::Node root = load_one(text);
    std::vector<YamlEntry> entries;
    if (root.IsNull()) return entries;
    if (!root.IsMap()) throw YAML::Exception(root.Mark(), "expected lines 'key: value'");
    Converter converter;
    std::set<std::string> seen;
    for (const auto& member : root) {
      std::string key = Converter::key_of(member.first);
      if (!seen.insert(key).second) throw YAML::Exception(member.first.Mark(), concat("key '", key, "' twice"));
      entries.push_back({std::move(key), converter.convert(member.second), member.first.Mark().line + 1});
    }
    return entries;
  } catch (const YAML::Exception& error) {
    throw ConfigError(concat(name, ":", error.mark.line + 1, ": ", error.msg));
  }
}

Json parse_setting(std::string_view text) {
  try {
    Json value = Converter().convert(load_one(text));
    // A value that YAML reads as nothing but a comment or a blank ("#", " ") is meant as it stands.
    if (value.is_null() && (text.empty() || !plain_scalar(std::string(trim(text))).is_null() || trim(text).empty()))
      return text;
    return value;
  } catch (const YAML::Exception&) {
    return text;
  }
}

}  // namespace seqrec::data
