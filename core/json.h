#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.h"

namespace seqrec {

/// A JSON value. Objects keep the order of insertion. Integers that fit i64 stay integers. Strings are bytes: a token
/// that is not UTF-8 survives a round trip. What is written is always JSON: a byte XX that is no part of a character in
/// UTF-8 becomes \udcXX, as Python's "surrogateescape" has it, and that is read as the byte.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(std::int64_t{value}) {}
  Json(std::int64_t value) : value_(value) {}
  Json(std::uint64_t value) : value_(static_cast<std::int64_t>(value)) {}
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  /// A copy that has no memory throws std::bad_alloc and leaves what it was assigned to. The variant's own copy doesn't
  /// do: where it throws, libstdc++ destroys an alternative that was never made.
  Json(const Json& other);
  Json(Json&& other) noexcept = default;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept = default;
  ~Json() = default;
  static Json array() { return Json(Array{}); }
  static Json object() { return Json(Object{}); }

  /// Parses a whole text. FormatError with line and column: trailing characters, depth over 64, duplicate keys,
  /// malformed numbers or strings.
  static Json parse(std::string_view text);
  /// Compact by default; `indent` > 0 gives one line per element. Doubles are written with the fewest digits that read
  /// back the same, and as doubles (2.0); NaN and infinities as null.
  std::string dump(int indent = 0) const;

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_int() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_number() const { return is_int() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }
  /// "null", "true or false", "an integer", "a number", "a string", "a list", "a map".
  const char* type_name() const;

  /// The value as a type; FormatError "expected a string, got a list" otherwise. as_int takes 2.0, as_double any
  /// number.
  bool as_bool() const;
  std::int64_t as_int() const;
  double as_double() const;
  const std::string& as_string() const;
  const Array& as_array() const;
  Array& as_array();
  const Object& as_object() const;
  Object& as_object();

  /// The member of an object, or null if there is none (or this is no object).
  const Json* find(std::string_view key) const;
  /// The member of an object; FormatError naming the key if there is none.
  const Json& at(std::string_view key) const;
  /// The member of an object, made (null) if there is none; a null becomes an object.
  Json& operator[](std::string_view key);
  /// Adds to a list; a null becomes a list.
  void push_back(Json value);

  friend bool operator==(const Json&, const Json&) = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

}  // namespace seqrec
