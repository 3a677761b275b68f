#pragma once

#include <cstddef>
#include <initializer_list>
#include <stdexcept>
#include <string>

#include "core/concat.h"

namespace seqrec {

/// Base of every error that seqrec throws. The message is one or two lines, says what was got and what was expected,
/// and is meant to be shown to a user as it is: no control character but the end of a line, no byte that is not UTF-8,
/// and of a text that grew beyond kLongestError bytes its begin and end.
class Error : public std::runtime_error {
 public:
  static constexpr std::size_t kLongestError = 800;
  explicit Error(const std::string& text);
};

/// Wrong use of the program or of a function's arguments (exit code 2 in the program).
struct UsageError : Error {
  using Error::Error;
};
/// A configuration key or value that is unknown, malformed or contradicts another.
struct ConfigError : Error {
  using Error::Error;
};
/// The content of a dataset file: names the file and the line.
struct DataError : Error {
  using Error::Error;
};
/// A model or tensor file that is truncated, malformed or of another kind than asked for.
struct FormatError : Error {
  using Error::Error;
};
/// The operating system refused (open, read, write, rename, lock): names the path and the system's reason.
struct IoError : Error {
  using Error::Error;
};
/// Shapes, dtypes or devices that an operation can't combine: `[op] rule: shapes got`.
struct ShapeError : Error {
  using Error::Error;
};
/// A NaN or an infinity where a finite number is required.
struct NumericError : Error {
  using Error::Error;
};
/// No memory for what was asked: says how much that was. Small things throw std::bad_alloc.
struct MemoryError : Error {
  using Error::Error;
};
/// A device that is absent or failed.
struct DeviceError : Error {
  using Error::Error;
};

namespace detail {

template <class E>
[[noreturn, gnu::cold, gnu::noinline]] void raise(std::initializer_list<TextPart> parts) {
  throw E(concat(parts));
}

// Compiled once, in error.cpp.
extern template void raise<Error>(std::initializer_list<TextPart>);
extern template void raise<UsageError>(std::initializer_list<TextPart>);
extern template void raise<ConfigError>(std::initializer_list<TextPart>);
extern template void raise<DataError>(std::initializer_list<TextPart>);
extern template void raise<FormatError>(std::initializer_list<TextPart>);
extern template void raise<IoError>(std::initializer_list<TextPart>);
extern template void raise<ShapeError>(std::initializer_list<TextPart>);
extern template void raise<NumericError>(std::initializer_list<TextPart>);
extern template void raise<MemoryError>(std::initializer_list<TextPart>);
extern template void raise<DeviceError>(std::initializer_list<TextPart>);

}  // namespace detail

/// Throws E with the arguments as its text (concat) unless `ok`.
template <class E = Error, class... Args>
void require(bool ok, const Args&... args) {
  if (!ok) [[unlikely]]
    detail::raise<E>({TextPart(args)...});
}

}  // namespace seqrec
