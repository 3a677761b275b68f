#pragma once

#include <string>

#include "core/concat.h"
#include "core/error.h"

namespace seqrec {

/// Runs `f`, which reads a file's content: what it refuses becomes a FormatError that names the file. Errors that the
/// file is not to blame for stay what they are.
template <class F>
auto naming(const std::string& file, F&& f) {
  try {
    return f();
  } catch (const IoError&) {
    throw;
  } catch (const MemoryError&) {
    throw;
  } catch (const DeviceError&) {
    throw;
  } catch (const Error& error) {
    const std::string text = error.what();
    throw FormatError(text.starts_with(file) ? text : concat(file, ": ", text));
  }
}

}  // namespace seqrec
