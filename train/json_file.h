#pragma once

#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/json.h"

namespace seqrec::train {

/// What `read` makes of a file of a run; what is refused names the file.
template <class Read>
auto in_file(const std::filesystem::path& file, Read read) {
  try {
    return read();
  } catch (const FormatError& error) {
    throw FormatError(concat(file.string(), ": ", error.what()));
  }
}

/// The same of a JSON file, as `read` takes it.
template <class Read>
auto read_json(const std::filesystem::path& file, Read read) {
  return in_file(file, [&] { return read(Json::parse(read_text(file))); });
}

}  // namespace seqrec::train
