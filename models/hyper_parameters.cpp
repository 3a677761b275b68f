#include "models/hyper_parameters.h"

#include "core/error.h"

namespace seqrec::models {
namespace {

/// A value, read by one of Json's as_...; what it refuses is an error that names the key.
template <class T, class Read>
T read(const Json& values, std::string_view key, Read as) {
  const Json* value = values.find(key);
  require<UsageError>(value != nullptr, "hyper-parameter ", key, " is in no table of keys");
  try {
    return as(*value);
  } catch (const FormatError& error) {
    throw UsageError(concat("hyper-parameter ", key, ": ", error.what()));
  }
}

template <class T, class As>
std::vector<T> read_list(const Json& values, std::string_view key, As (Json::*as)() const) {
  return read<std::vector<T>>(values, key, [&](const Json& value) {
    std::vector<T> list;
    if (value.is_null()) return list;
    for (const Json& element : value.is_array() ? value.as_array() : Json::Array{value})
      list.push_back((element.*as)());
    return list;
  });
}

}  // namespace

std::int64_t HyperParameters::get_int(std::string_view key) const {
  return read<std::int64_t>(values_, key, [](const Json& value) { return value.as_int(); });
}

double HyperParameters::get_double(std::string_view key) const {
  return read<double>(values_, key, [](const Json& value) { return value.as_double(); });
}

bool HyperParameters::get_bool(std::string_view key) const {
  return read<bool>(values_, key, [](const Json& value) { return value.as_bool(); });
}

const std::string& HyperParameters::get_string(std::string_view key) const {
  return read<const std::string&>(values_, key,
                                  [](const Json& value) -> const std::string& { return value.as_string(); });
}

std::vector<std::int64_t> HyperParameters::get_ints(std::string_view key) const {
  return read_list<std::int64_t>(values_, key, &Json::as_int);
}

std::vector<double> HyperParameters::get_doubles(std::string_view key) const {
  return read_list<double>(values_, key, &Json::as_double);
}

std::vector<std::string> HyperParameters::get_strings(std::string_view key) const {
  return read_list<std::string>(values_, key, &Json::as_string);
}

}  // namespace seqrec::models
