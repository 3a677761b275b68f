#pragma once

#include <string>

#include "core/error.h"

namespace seqrec {

/// The message of the E that f throws; "" if it throws none.
template <class E = Error, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "";
}

}  // namespace seqrec
