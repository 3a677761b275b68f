#include "tests/serve/schema.h"

#include <algorithm>

using seqrec::concat;
using seqrec::Json;

namespace {

/// Follows {"$ref": "#/a/b"}.
const Json& resolved(const Json& document, const Json& schema) {
  const Json* reference = schema.find("$ref");
  if (!reference) return schema;
  const std::string& path = reference->as_string();
  const Json* place = &document;
  for (std::size_t begin = 2; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    place = &place->at(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return resolved(document, *place);
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_int();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_bool();
  throw seqrec::FormatError(concat("type ", type));
}

}  // namespace

std::string why_not_valid(const Json& document, const Json& reference, const Json& value) {
  const Json& schema = resolved(document, reference);
  const Json* nullable = schema.find("nullable");
  if (value.is_null() && nullable && nullable->as_bool()) return "";
  if (const Json* all = schema.find("allOf"))
    for (const Json& one : all->as_array())
      if (std::string why = why_not_valid(document, one, value); !why.empty()) return why;
  if (const Json* any = schema.find("oneOf")) {
    std::string reasons;
    int valid = 0;
    for (const Json& one : any->as_array()) {
      const std::string why = why_not_valid(document, one, value);
      valid += why.empty();
      reasons += concat(" [", why, "]");
    }
    if (valid != 1) return concat(valid, " of oneOf:", reasons);
  }
  if (const Json* type = schema.find("type"); type && !has_type(value, type->as_string()))
    return concat("got ", value.dump(), ", expected ", type->as_string());
  if (const Json* required = schema.find("required"))
    for (const Json& key : required->as_array())
      if (!value.find(key.as_string())) return concat("no ", key.as_string(), " in ", value.dump());
  const Json* properties = schema.find("properties");
  if (properties && value.is_object()) {
    const Json* additional = schema.find("additionalProperties");
    for (const auto& [key, member] : value.as_object()) {
      const Json* of_member = properties->find(key);
      if (!of_member && additional && !additional->as_bool()) return concat("unexpected ", key);
      if (!of_member) continue;
      if (const std::string why = why_not_valid(document, *of_member, member); !why.empty())
        return concat(key, ": ", why);
    }
  }
  if (const Json* items = schema.find("items"); items && value.is_array())
    for (const Json& one : value.as_array())
      if (std::string why = why_not_valid(document, *items, one); !why.empty()) return why;
  return "";
}

const Json& answer_schema(const Json& document, const std::string& path, const std::string& method, int status) {
  const Json& responses = document.at("paths").at(path).at(method).at("responses");
  return resolved(document, responses.at(std::to_string(status))).at("content").at("application/json").at("schema");
}
