#include "models/hyper_parameters.h"

namespace seqrec::models {

const Json& HyperParameters::at(std::string_view key) const {
  const Json* value = values_.find(key);
  require<ConfigError>(value != nullptr, "hyper-parameter ", key, " is missing");
  return *value;
}

void HyperParameters::fail(std::string_view key, const std::string& expected) const {
  throw KeyError(key, at(key), expected);
}

std::int64_t HyperParameters::get_int(std::string_view key, std::int64_t least, std::int64_t most) const {
  const Json& value = at(key);
  if (!value.is_int() || value.as_int() < least || value.as_int() > most) {
    fail(key, concat("a whole number from ", least, " to ", most));
  }
  return value.as_int();
}

double HyperParameters::get_double(std::string_view key, double least, double most) const {
  const Json& value = at(key);
  if (!value.is_number() || !(value.as_double() >= least && value.as_double() <= most)) {
    fail(key, concat("a number from ", least, " to ", most));
  }
  return value.as_double();
}

double HyperParameters::get_dropout(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_number() || !(value.as_double() >= 0 && value.as_double() < 1)) fail(key, "a number from 0 to below 1");
  return value.as_double();
}

bool HyperParameters::get_bool(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_bool()) fail(key, "true or false");
  return value.as_bool();
}

std::string HyperParameters::get_choice(std::string_view key, std::initializer_list<std::string_view> choices) const {
  const Json& value = at(key);
  std::string expected;
  for (const std::string_view choice : choices) {
    if (value.is_string() && value.as_string() == choice) return std::string(choice);
    expected += concat(expected.empty() ? "" : " or ", choice);
  }
  fail(key, expected);
}

std::vector<double> HyperParameters::get_doubles(std::string_view key, std::size_t count) const {
  const Json& value = at(key);
  const std::string expected = concat("a list of ", count, " numbers, none negative");
  if (!value.is_array() || value.as_array().size() != count) fail(key, expected);
  std::vector<double> numbers;
  for (const Json& number : value.as_array()) {
    if (!number.is_number() || !(number.as_double() >= 0)) fail(key, expected);
    numbers.push_back(number.as_double());
  }
  return numbers;
}

std::vector<std::int64_t> HyperParameters::get_ints(std::string_view key, std::int64_t least) const {
  constexpr std::int64_t kMost = 1 << 30;
  const Json& value = at(key);
  const std::string expected = concat("a list of at least one whole number from ", least, " to ", kMost);
  if (!value.is_array() || value.as_array().empty()) fail(key, expected);
  std::vector<std::int64_t> numbers;
  for (const Json& number : value.as_array()) {
    if (!number.is_int() || number.as_int() < least || number.as_int() > kMost) fail(key, expected);
    numbers.push_back(number.as_int());
  }
  return numbers;
}

std::string HyperParameters::get_choice_by_compat(std::string_view key,
                                                  std::pair<std::string_view, std::string_view> by_compat,
                                                  std::initializer_list<std::string_view> choices) const {
  if (!at(key).is_null()) return get_choice(key, choices);
  const bool recbole = get_choice("compat", {"fixed", "recbole"}) == "recbole";
  return std::string(recbole ? by_compat.second : by_compat.first);
}

bool HyperParameters::follows_recbole(std::string_view key) const {
  return get_choice(at(key).is_null() ? "compat" : key, {"fixed", "recbole"}) == "recbole";
}

}  // namespace seqrec::models
