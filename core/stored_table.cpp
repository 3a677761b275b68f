#include "core/stored_table.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/error.h"

namespace seqrec {
namespace {

struct TypeInfo {
  const char *name, *file_name;
  std::size_t size;
};
constexpr TypeInfo kTypes[] = {{"f32", "F32", 4}, {"f16", "F16", 2}, {"bf16", "BF16", 2}, {"int8", "I8", 1}};
const TypeInfo& info(StoredType type) { return kTypes[static_cast<int>(type)]; }

constexpr std::uint32_t kSign = 0x80000000;
constexpr std::uint16_t kInfiniteF16 = 0x7C00;

std::uint16_t to_f16(float x) {
  const std::uint32_t all = std::bit_cast<std::uint32_t>(x), bits = all & ~kSign;
  const bool subnormal = bits < 0x38800000;  // below 2^-14 they are multiples of 2^-24
  const std::uint32_t magnitude = subnormal ? static_cast<std::uint32_t>(std::nearbyint(std::abs(x) * 0x1p24F))
                                            : (bits - 0x38000000 + 0xFFF + (bits >> 13 & 1)) >> 13;
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(magnitude, kInfiniteF16) | all >> 31 << 15);
}

float from_f16(std::uint16_t half) {
  const std::uint32_t bits = half & 0x7FFF, sign = static_cast<std::uint32_t>(half >> 15) << 31;
  const float finite = bits < 0x400 ? static_cast<float>(bits) * 0x1p-24F                 // subnormal
                                    : std::bit_cast<float>((bits << 13) + (112U << 23));  // biases are 15 and 127
  const std::uint32_t magnitude =
      bits < kInfiniteF16 ? std::bit_cast<std::uint32_t>(finite) : 0x7F800000 | (bits & 0x3FF) << 13;
  return std::bit_cast<float>(magnitude | sign);
}

std::uint16_t to_bf16(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  return static_cast<std::uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

float from_bf16(std::uint16_t half) { return std::bit_cast<float>(static_cast<std::uint32_t>(half) << 16); }

template <std::uint16_t (*to)(float), float (*from)(std::uint16_t)>
void narrow_each(std::span<const float> values, std::string_view name, const char* type, std::byte* out) {
  for (const float value : values) {
    const std::uint16_t half = to(value);
    require<NumericError>(std::isfinite(from(half)), name, " holds ", value, ", which is beyond ", type);
    std::memcpy(out, &half, sizeof half);
    out += sizeof half;
  }
}

template <float (*from)(std::uint16_t)>
void widen_each(const std::byte* bytes, std::span<float> out) {
  for (float& value : out) {
    std::uint16_t half = 0;
    std::memcpy(&half, bytes, sizeof half);
    bytes += sizeof half;
    value = from(half);
  }
}

/// One row as multiples of the scale that this returns.
float narrow_row(std::span<const float> row, std::byte* out) {
  float largest = 0;
  for (const float value : row) largest = std::max(largest, std::abs(value));
  const float scale = largest / 127;
  for (std::size_t i = 0; i < row.size(); ++i) {
    // Where the scale has few bits left, the quotient may be more than 127; where it has none, all is 0.
    const float multiple = scale > 0 ? std::clamp(std::nearbyint(row[i] / scale), -127.0F, 127.0F) : 0;
    out[i] = static_cast<std::byte>(static_cast<std::int8_t>(multiple));
  }
  return scale;
}

}  // namespace

const char* name_of(StoredType type) { return info(type).name; }
const char* file_name_of(StoredType type) { return info(type).file_name; }
std::size_t size_of(StoredType type) { return info(type).size; }

std::optional<StoredType> stored_type(std::string_view file_name) {
  for (std::size_t i = 0; i < std::size(kTypes); ++i)
    if (kTypes[i].file_name == file_name) return static_cast<StoredType>(i);
  return std::nullopt;
}

StoredTable narrow(const Tensor& table, std::string_view name, StoredType type) {
  const auto values = table.span<float>();
  require<NumericError>(std::ranges::all_of(values, [](float value) { return std::isfinite(value); }), name,
                        " holds a NaN or an infinity");
  StoredTable out{type, table.shape(), Tensor({std::ssize(values) * std::int64_t(size_of(type))}, DType::U8), {}};
  auto* const bytes = static_cast<std::byte*>(out.bytes.raw());
  switch (type) {
    case StoredType::F32:
      if (!values.empty()) std::memcpy(bytes, values.data(), values.size_bytes());
      break;
    case StoredType::F16: narrow_each<to_f16, from_f16>(values, name, "f16", bytes); break;
    case StoredType::BF16: narrow_each<to_bf16, from_bf16>(values, name, "bf16", bytes); break;
    case StoredType::I8: {
      out.scales = Tensor({table.size(0)}, DType::F32);
      const auto scales = out.scales.span<float>();
      const std::size_t width = scales.empty() ? 0 : values.size() / scales.size();
      for (std::size_t row = 0; row < scales.size(); ++row)
        scales[row] = narrow_row(values.subspan(row * width, width), bytes + row * width);
      break;
    }
  }
  return out;
}

Tensor widen(StoredType type, const Shape& shape, std::span<const std::byte> bytes, std::span<const float> scales) {
  Tensor out(shape, DType::F32);
  const auto values = out.span<float>();
  switch (type) {
    case StoredType::F32:
      if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
      break;
    case StoredType::F16: widen_each<from_f16>(bytes.data(), values); break;
    case StoredType::BF16: widen_each<from_bf16>(bytes.data(), values); break;
    case StoredType::I8: {
      const std::size_t width = scales.empty() ? 0 : values.size() / scales.size();
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(std::to_integer<std::int8_t>(bytes[i])) * scales[i / width];
      break;
    }
  }
  return out;
}

Tensor widen(const StoredTable& table) {
  const std::span bytes(static_cast<const std::byte*>(table.bytes.raw()),
                        static_cast<std::size_t>(table.bytes.numel()));
  const std::span<const float> scales = table.scales.defined() ? table.scales.span<float>() : std::span<const float>();
  return widen(table.type, table.shape, bytes, scales);
}

}  // namespace seqrec
