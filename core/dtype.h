#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>

#include "core/error.h"

namespace seqrec {

/// Element types. Bool is one byte, 0 or 1.
enum class DType : std::uint8_t { F32, F64, I32, I64, U8, Bool };

constexpr std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::F32:
    case DType::I32: return 4;
    case DType::F64:
    case DType::I64: return 8;
    case DType::U8:
    case DType::Bool: return 1;
  }
  return 0;
}

/// "f32", "f64", "i32", "i64", "u8", "bool".
constexpr const char* name_of(DType dtype) {
  constexpr const char* kNames[] = {"f32", "f64", "i32", "i64", "u8", "bool"};
  return kNames[static_cast<int>(dtype)];
}

inline std::string to_string(DType dtype) { return name_of(dtype); }
std::ostream& operator<<(std::ostream& out, DType dtype);

constexpr bool is_float(DType dtype) { return dtype == DType::F32 || dtype == DType::F64; }

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::F32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::F64;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::I32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::I64;
};
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::U8;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::Bool;
};

template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

/// Calls `f(T{})` with the C++ type of a floating dtype; any other is a ShapeError that names `op`.
template <class F>
decltype(auto) visit_float(DType dtype, const char* op, F&& f) {
  if (dtype == DType::F32) return f(float{});
  if (dtype == DType::F64) return f(double{});
  throw ShapeError(concat("[", op, "] expected f32 or f64, got ", dtype));
}

/// Calls `f(T{})` with the C++ type of any dtype.
template <class F>
decltype(auto) visit_any(DType dtype, F&& f) {
  switch (dtype) {
    case DType::F32: return f(float{});
    case DType::F64: return f(double{});
    case DType::I32: return f(std::int32_t{});
    case DType::I64: return f(std::int64_t{});
    case DType::U8: return f(std::uint8_t{});
    case DType::Bool: return f(bool{});
  }
  throw ShapeError("unknown dtype");
}

}  // namespace seqrec
