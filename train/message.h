#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "dist/processes.h"

namespace seqrec::train {

template <class T>
concept Number = std::integral<T> || std::floating_point<T>;

/// Numbers as bytes, for a process on a machine like this one.
class MessageWriter {
 public:
  /// Makes room: gigabytes are not copied as a message grows.
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  void add(std::int64_t number) { add_bytes(std::as_bytes(std::span(&number, 1))); }
  /// So many numbers, and how many they are.
  template <Number T>
  void add(std::span<const T> numbers) {
    add(std::ssize(numbers));
    add_bytes(std::as_bytes(numbers));
  }
  void add_bytes(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  dist::Message take() { return std::move(bytes_); }

 private:
  dist::Message bytes_;
};

/// Reads them in the order in which they were added. FormatError where there are fewer bytes. The message must outlive
/// it.
class MessageReader {
 public:
  explicit MessageReader(const dist::Message& bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  std::int64_t number() {
    std::int64_t number = 0;
    get(&number, sizeof number);
    return number;
  }
  /// Appends so many numbers as were added.
  template <Number T>
  void append_to(std::vector<T>& numbers) {
    const std::int64_t count = number();
    require<FormatError>(0 <= count && static_cast<std::size_t>(count) <= rest_.size() / sizeof(T),
                         "[processes] expected a message of numbers, got a count of ", count);
    const std::size_t before = numbers.size(), more = static_cast<std::size_t>(count);
    numbers.resize(before + more);
    get(numbers.data() + before, more * sizeof(T));
  }
  void get(void* to, std::size_t size) {
    require<FormatError>(size <= rest_.size(), "[processes] a message is ", size - rest_.size(), " bytes short");
    if (size > 0) std::memcpy(to, rest_.data(), size);
    rest_ = rest_.subspan(size);
  }

 private:
  std::span<const std::byte> rest_;
};

/// A text's bytes, and back.
inline dist::Message to_message(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}
inline std::string text_of(const dist::Message& message) {
  return {reinterpret_cast<const char*>(message.data()), message.size()};
}

}  // namespace seqrec::train
