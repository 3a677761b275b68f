#include "core/json.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/json_number.h"
#include "core/utf8.h"

namespace seqrec {
namespace {

[[noreturn]] void wrong_type(const char* expected, const Json& got) {
  throw FormatError(concat("expected ", expected, ", got ", got.is_number() ? got.dump() : got.type_name()));
}

constexpr char kHex[] = "0123456789abcdef";

void dump_ascii(char c, std::string& out) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  if (static_cast<unsigned char>(c) < 0x20) {
    out += "\\u00";
    out += kHex[c >> 4];
    out += kHex[c & 15];
  } else {
    out += c;
  }
}

void dump_string(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 1) {
      dump_ascii(text.front(), out);
    } else if (length > 1) {
      out += text.substr(0, length);
    } else {
      out += "\\udc";
      out += kHex[static_cast<unsigned char>(text.front()) >> 4];
      out += kHex[text.front() & 15];
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

void dump_value(const Json& value, int indent, int depth, std::string& out) {
  const auto new_line = [&](int level) {
    if (indent > 0) out.append(1, '\n').append(static_cast<std::size_t>(indent * level), ' ');
  };
  const auto dump_list = [&](char open, char close, const auto& elements, auto dump_element) {
    out += open;
    bool first = true;
    for (const auto& element : elements) {
      if (!first) out += ',';
      first = false;
      new_line(depth + 1);
      dump_element(element);
    }
    if (!elements.empty()) new_line(depth);
    out += close;
  };
  if (value.is_null()) {
    out += "null";
  } else if (value.is_bool()) {
    out += value.as_bool() ? "true" : "false";
  } else if (value.is_int()) {
    out += std::to_string(value.as_int());
  } else if (value.is_number()) {
    append_json_number(out, value.as_double());
  } else if (value.is_string()) {
    dump_string(value.as_string(), out);
  } else if (value.is_array()) {
    dump_list('[', ']', value.as_array(), [&](const Json& element) { dump_value(element, indent, depth + 1, out); });
  } else {
    dump_list('{', '}', value.as_object(), [&](const Json::Member& member) {
      dump_string(member.first, out);
      out += indent > 0 ? ": " : ":";
      dump_value(member.second, indent, depth + 1, out);
    });
  }
}

}  // namespace

Json::Json(const Json& other) {
  std::visit(
      [this](const auto& value) {
        auto copy = value;
        value_ = std::move(copy);
      },
      other.value_);
}

Json& Json::operator=(const Json& other) {
  Json copy = other;
  return *this = std::move(copy);
}

std::string Json::dump(int indent) const {
  std::string out;
  dump_value(*this, indent, 0, out);
  return out;
}

const char* Json::type_name() const {
  constexpr const char* kNames[] = {"null", "true or false", "an integer", "a number", "a string", "a list", "a map"};
  return kNames[value_.index()];
}

bool Json::as_bool() const {
  if (!is_bool()) wrong_type("true or false", *this);
  return std::get<bool>(value_);
}

std::int64_t Json::as_int() const {
  if (is_int()) return std::get<std::int64_t>(value_);
  const double* value = std::get_if<double>(&value_);
  if (value == nullptr || *value != std::trunc(*value) || std::abs(*value) >= 0x1p63) wrong_type("an integer", *this);
  return static_cast<std::int64_t>(*value);
}

double Json::as_double() const {
  if (is_int()) return static_cast<double>(std::get<std::int64_t>(value_));
  if (!is_number()) wrong_type("a number", *this);
  return std::get<double>(value_);
}

const std::string& Json::as_string() const {
  if (!is_string()) wrong_type("a string", *this);
  return std::get<std::string>(value_);
}

const Json::Array& Json::as_array() const {
  if (!is_array()) wrong_type("a list", *this);
  return std::get<Array>(value_);
}

Json::Array& Json::as_array() { return const_cast<Array&>(std::as_const(*this).as_array()); }

const Json::Object& Json::as_object() const {
  if (!is_object()) wrong_type("a map", *this);
  return std::get<Object>(value_);
}

Json::Object& Json::as_object() { return const_cast<Object&>(std::as_const(*this).as_object()); }

const Json* Json::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  const Object& members = as_object();
  const auto found = std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.first == key; });
  return found == members.end() ? nullptr : &found->second;
}

const Json& Json::at(std::string_view key) const {
  if (!is_object()) wrong_type("a map", *this);
  const Json* member = find(key);
  require<FormatError>(member != nullptr, "\"", key, "\" is missing");
  return *member;
}

Json& Json::operator[](std::string_view key) {
  if (is_null()) value_ = Object{};
  if (!is_object()) wrong_type("a map", *this);
  if (const Json* member = find(key)) return const_cast<Json&>(*member);
  return as_object().emplace_back(std::string(key), nullptr).second;
}

void Json::push_back(Json value) {
  if (is_null()) value_ = Array{};
  as_array().push_back(std::move(value));
}

}  // namespace seqrec
