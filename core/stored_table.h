#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/tensor.h"

namespace seqrec {

/// What a file may hold f32 numbers as. A Tensor is never of these types but F32: who reads a file widens them.
///
/// - F16, BF16: each number rounded to the nearest, of two the even one;
/// - I8: by row, the nearest multiples of a scale of its own, which is the largest magnitude of the row / 127. The
///   error of a number is at most half of the scale, unless that is subnormal.
enum class StoredType : std::uint8_t { F32, F16, BF16, I8 };

/// "f32", "f16", "bf16", "int8".
const char* name_of(StoredType type);
/// Its name in a safetensors file: "F32", "F16", "BF16", "I8"; and the type of that name, if it is one of these.
const char* file_name_of(StoredType type);
std::optional<StoredType> stored_type(std::string_view file_name);
std::size_t size_of(StoredType type);

/// A table of f32, [rows, ...], as a file holds it.
struct StoredTable {
  StoredType type;
  Shape shape;
  Tensor bytes;   ///< u8, little-endian numbers one after the other
  Tensor scales;  ///< f32 [rows] if the type is I8, else undefined
};

/// A contiguous table of finite f32 numbers on the CPU, narrowed. NumericError that calls it `name` for a number beyond
/// what the type holds (f16: 65504), or not finite.
StoredTable narrow(const Tensor& table, std::string_view name, StoredType type);

/// The f32 numbers of such bytes, as many as the shape has; `scales` are those of the rows (I8).
Tensor widen(StoredType type, const Shape& shape, std::span<const std::byte> bytes, std::span<const float> scales);
Tensor widen(const StoredTable& table);

}  // namespace seqrec
