#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/shape.h"

namespace seqrec::checksums {

/// Two entries of a file's metadata, by which damage is noticed. Other programs read such a file as any.
///
/// - kTensors: a JSON map from each tensor to what it is and the CRC-32C of its bytes, "F32 (2, 3) 9ae0daaf";
/// - kMetadata: the CRC-32C of all other metadata, kTensors too.
inline constexpr const char* kTensors = "crc32c.tensors";
inline constexpr const char* kMetadata = "crc32c.metadata";

/// What kTensors says of a tensor, whose bytes have this CRC-32C.
std::string of_tensor(std::string_view dtype, const Shape& shape, std::uint32_t crc);
/// What kMetadata says: of each key and value in the order of the keys, a 0 byte after each.
std::string of_metadata(const std::map<std::string, std::string>& metadata);

}  // namespace seqrec::checksums
