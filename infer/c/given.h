#pragma once

#include <cstdint>
#include <type_traits>

#include "infer/c/error.h"

namespace seqrec::c {

/// UsageError "NAME must not be NULL".
void check_not_null(const void* pointer, const char* name);

/// UsageError unless 0 <= n < 2^31: more is no count, but memory that was never written.
void check_count(std::int64_t n, const char* name);

/// UsageError for an enumerator of an option from 0 to `last` that there isn't.
void check_enumerator(std::int32_t value, std::int32_t last, const char* name);

/// A struct that begins with its size: UsageError if that is less than `known`, more than any version's, or if a byte
/// beyond the known ones is not 0.
void check_struct(const void* given, std::size_t known, const char* name);

/// What was given, as far as this version knows it; `defaults` for NULL.
template <class T>
T read_struct(const T* given, const T& defaults, const char* name) {
  if (given == nullptr) return defaults;
  check_struct(given, sizeof(T), name);
  return *given;
}

/// The elements of an array of such structs, as far apart as the first one says.
template <class T>
class Structs {
 public:
  /// UsageError if it is NULL or n is no count.
  Structs(T* first, std::int64_t n, const char* name) : first_(first), name_(name) {
    check_count(n, "n");
    if (n == 0) return;
    check_not_null(first, name);
    check_struct(first, sizeof(T), name);
    require<UsageError>(first->size % alignof(T) == 0, name, "[0].size is ", first->size, ", expected a multiple of ",
                        alignof(T));
  }
  /// UsageError if its size is another than the first one's.
  T& operator[](std::int64_t i) const {
    using Byte = std::conditional_t<std::is_const_v<T>, const char, char>;
    T& at = *reinterpret_cast<T*>(reinterpret_cast<Byte*>(first_) + static_cast<std::size_t>(i) * first_->size);
    require<UsageError>(at.size == first_->size, name_, "[", i, "].size is ", at.size, ", and that of the first ",
                        first_->size);
    check_struct(&at, sizeof(T), name_);
    return at;
  }

 private:
  T* first_;
  const char* name_;
};

}  // namespace seqrec::c
