#pragma once

#include "core/safetensors.h"
#include "kernels/copy.h"

namespace seqrec::golden {

/// A tensor of ids, of whatever integer type.
inline std::vector<std::int32_t> ids(const SafetensorsReader& reader, const std::string& name) {
  return kernels::convert(reader.get(name), DType::I32).to_vector<std::int32_t>();
}

}  // namespace seqrec::golden
