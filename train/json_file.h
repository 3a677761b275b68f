#pragma once

#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/json.h"

namespace seqrec::train {

/// A JSON file of a run, as `read` takes it; what is refused names the file.
template <class Read>
auto read_json(const std::filesystem::path& file, Read read) {
  try {
    return read(Json::parse(read_text(file)));
  } catch (const FormatError& error) {
    throw FormatError(concat(file.string(), ": ", error.what()));
  }
}

}  // namespace seqrec::train
