#pragma once

#include <cstring>
#include <string>

#include "core/json.h"

namespace seqrec {

/// The bytes of a safetensors file as a seqrec without checksums wrote it: its metadata lose them.
inline std::string without_checksums(const std::string& file) {
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  Json header = Json::parse(std::string_view(file).substr(8, length));
  std::erase_if(header["__metadata__"].as_object(),
                [](const auto& entry) { return entry.first.starts_with("crc32c."); });
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  std::string out(8, '\0');
  const std::uint64_t now = text.size();
  std::memcpy(out.data(), &now, sizeof now);
  return out + text + file.substr(8 + length);
}

}  // namespace seqrec
