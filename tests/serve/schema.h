#pragma once

#include <string>

#include "core/json.h"

/// Why a value is not what a schema of an OpenAPI document says; "" if it is. Of JSON Schema as far as the service's
/// document uses it.
std::string why_not_valid(const seqrec::Json& document, const seqrec::Json& schema, const seqrec::Json& value);

/// The schema of an answer: paths[path][method].responses[status], its JSON content's; FormatError if there is none.
const seqrec::Json& answer_schema(const seqrec::Json& document, const std::string& path, const std::string& method,
                                  int status);
