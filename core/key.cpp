#include "core/key.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/shown.h"

namespace seqrec {
namespace {

using Type = Key::Type;

bool within(std::int64_t x, const IntegerRange& range) { return x >= range.min && x <= range.max; }
bool within(double x, const NumberRange& range) {
  return x >= range.min && x > range.above && x <= range.max && x < range.below;
}

/// " from 1 to 250", " from 0 on", " up to 5", or nothing.
std::string words(const IntegerRange& range) {
  using Limits = std::numeric_limits<std::int64_t>;
  const bool from = range.min > Limits::min(), to = range.max < Limits::max();
  if (!from) return to ? concat(" up to ", range.max) : "";
  return to ? concat(" from ", range.min, " to ", range.max) : concat(" from ", range.min, " on");
}

std::string words(const NumberRange& range) {
  const bool from = std::isfinite(range.min), above = std::isfinite(range.above);
  std::string out = from ? concat(" from ", range.min) : above ? concat(" above ", range.above) : "";
  const char* const to = from || above ? " to " : " up to ";
  if (std::isfinite(range.max)) return out + concat(to, range.max);
  if (std::isfinite(range.below)) return out + concat(to, "below ", range.below);
  return from ? out + " on" : out;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

bool is_empty(const Json& value) {
  return value == Json(false) || value == Json("") || value == Json::array() || value == Json::object();
}

/// Whether a value, or a list's element, is what the key says.
bool fits(const Key& key, const Json& value) {
  switch (key.type) {
    case Type::Any: return !key.is_list || !value.is_object();
    case Type::Boolean: return value.is_bool();
    case Type::Integer: return value.is_int() && within(value.as_int(), key.integer_range);
    case Type::Number: return value.is_number() && within(value.as_double(), key.number_range);
    case Type::Text:
      return value.is_string() &&
             (key.choices.empty() || std::ranges::find(key.choices, value.as_string()) != key.choices.end());
    case Type::Map: return value.is_object();
    case Type::Unsupported: return value.is_null() || is_empty(value);
  }
  return false;
}

Json kept(Json value, Type type) {
  if (type == Type::Text && value.is_int()) return value.dump();
  if (type == Type::Integer && value.is_number() && !value.is_int()) {
    const double number = value.as_double();
    if (std::abs(number) < 9e15 && number == std::trunc(number)) return static_cast<std::int64_t>(number);
  }
  return value;
}

bool follows_recbole(const Json& values) {
  const Json* compat = values.find("compat");
  return compat && *compat == Json("recbole");
}

Key make(std::string_view name, Type type, Json default_value, KeyHelp help) {
  Key key;
  key.name = name;
  key.type = type;
  key.default_value = std::move(default_value);
  key.help = help.text();
  return key;
}

Key make_list(std::string_view name, Type type, Json default_value, KeyHelp help) {
  Key key = make(name, type, std::move(default_value), help);
  key.is_list = true;
  return key;
}

}  // namespace

Key Key::boolean(std::string_view name, Json default_value, KeyHelp help) {
  return make(name, Type::Boolean, std::move(default_value), help);
}

Key Key::integer(std::string_view name, Json default_value, IntegerRange range, KeyHelp help) {
  Key key = make(name, Type::Integer, std::move(default_value), help);
  key.integer_range = range;
  return key;
}

Key Key::number(std::string_view name, Json default_value, NumberRange range, KeyHelp help) {
  Key key = make(name, Type::Number, std::move(default_value), help);
  key.number_range = range;
  return key;
}

Key Key::text(std::string_view name, Json default_value, KeyHelp help) {
  return make(name, Type::Text, std::move(default_value), help);
}

Key Key::path(std::string_view name, Json default_value, KeyHelp help) {
  Key key = text(name, std::move(default_value), help);
  key.local = true;
  return key;
}

Key Key::choice(std::string_view name, Json default_value, std::vector<std::string> choices, KeyHelp help) {
  Key key = text(name, std::move(default_value), help);
  key.choices = std::move(choices);
  return key;
}

Key Key::by_compat(std::string_view name, ByCompat defaults, std::vector<std::string> choices, KeyHelp help) {
  Key key = make(name, choices.empty() ? Type::Boolean : Type::Text, std::move(defaults.fixed), help);
  key.choices = std::move(choices);
  key.recbole_default = std::move(defaults.recbole);
  return key;
}

Key Key::by_compat(std::string_view name, KeyHelp help) {
  return by_compat(name, {.fixed = "fixed", .recbole = "recbole"}, {"fixed", "recbole"}, help);
}

Key Key::compat() {
  return choice("compat", "fixed", {"fixed", "recbole"},
                "fixed: RecBole's models with their mistakes mended; recbole: as RecBole does it");
}

Key Key::integers(std::string_view name, Json default_value, IntegerRange range, KeyHelp help) {
  Key key = make_list(name, Type::Integer, std::move(default_value), help);
  key.integer_range = range;
  return key;
}

Key Key::numbers(std::string_view name, Json default_value, NumberRange range, KeyHelp help) {
  Key key = make_list(name, Type::Number, std::move(default_value), help);
  key.number_range = range;
  return key;
}

Key Key::numbers(std::string_view name, Json default_value, NumberRange range, std::size_t count, KeyHelp help) {
  Key key = numbers(name, std::move(default_value), range, help);
  key.count = count;
  return key;
}

Key Key::texts(std::string_view name, Json default_value, KeyHelp help) {
  return make_list(name, Type::Text, std::move(default_value), help);
}

Key Key::choices_of(std::string_view name, Json default_value, std::vector<std::string> choices, KeyHelp help) {
  Key key = texts(name, std::move(default_value), help);
  key.choices = std::move(choices);
  return key;
}

Key Key::list(std::string_view name, Json default_value, KeyHelp help) {
  return make_list(name, Type::Any, std::move(default_value), help);
}

Key Key::map(std::string_view name, Json default_value, KeyHelp help) {
  return make(name, Type::Map, std::move(default_value), help);
}

Key Key::any(std::string_view name, Json default_value, std::string_view expected, KeyHelp help) {
  Key key = make(name, Type::Any, std::move(default_value), help);
  key.any_of = expected;
  return key;
}

Key Key::unsupported(std::string_view name, Json default_value) {
  return make(name, Type::Unsupported, std::move(default_value), "Not supported");
}

Key Key::other_default(std::string_view name, Json default_value) {
  Key key = make(name, Type::Any, std::move(default_value), "");
  key.only_default = true;
  return key;
}

std::string Key::expected() const {
  const bool numeric = type == Type::Integer || type == Type::Number;
  const std::string noun = type == Type::Integer ? "whole number" : "number";
  const std::string range = type == Type::Integer ? words(integer_range) : words(number_range);
  if (is_list && numeric)
    return count ? concat("a list of ", *count, " ", noun, "s", range) : concat("a list of at least one ", noun, range);
  switch (type) {
    case Type::Any: return is_list ? "a list" : any_of;
    case Type::Boolean: return "true or false";
    case Type::Integer:
    case Type::Number: return concat("a ", noun, range);
    case Type::Text:
      if (choices.empty()) return is_list ? "a list of strings" : "a string";
      return (is_list ? "a list of some of " : "one of ") + joined(choices);
    case Type::Map: return "a map, such as {name: value}";
    case Type::Unsupported: return "~: this is not supported";
  }
  return "";
}

void Key::fail(const Json& value, std::string_view source, std::string_view expected) const {
  const std::string from = source.empty() ? "" : concat(" (", source, ")");
  throw ConfigError(concat(name, from, ": got ", shown(value.dump()), ", expected ", expected));
}

Json Key::check(Json value, std::string_view source) const {
  const bool may_be_null = type == Type::Any ? !is_list : type == Type::Text && is_list;
  if (value.is_null() && (default_value.is_null() || may_be_null)) return value;
  const auto must = [&](bool ok) {
    if (!ok) fail(value, source, expected());
  };
  if (!is_list || !value.is_array()) {
    value = kept(std::move(value), type);
    must(fits(*this, value) && count.value_or(1) == 1);
    return value;
  }
  const bool needs_one = type == Type::Integer || type == Type::Number;
  must(count ? value.as_array().size() == *count : !needs_one || !value.as_array().empty());
  for (Json& element : value.as_array()) {
    element = kept(std::move(element), type);
    must(fits(*this, element));
  }
  return value;
}

Json complete_values(const std::vector<Key>& keys, const Json& values, std::string_view source) {
  Json out = Json::object();
  for (const Key& key : keys) {
    if (key.local) continue;
    const Json* value = values.find(key.name);
    const bool by_default = !value || (value->is_null() && key.recbole_default);
    out[key.name] = key.check(by_default ? key.default_under(follows_recbole(values)) : *value, source);
  }
  return out;
}

}  // namespace seqrec
