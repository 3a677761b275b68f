#pragma once

#include <string>

#include "core/json.h"

namespace seqrec {

/// A configuration key: RecBole's name, its default, and what it means (shown by --help and in the docs).
struct Key {
  std::string name;
  Json default_value;
  std::string help;
};

}  // namespace seqrec
