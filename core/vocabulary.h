#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/safetensors.h"

namespace seqrec {

/// The token table of one field: id <-> token, byte for byte. Id 0 is padding and has the token "[PAD]"; real tokens
/// have ids from 1, in order of addition. All tokens lie in one block of memory.
class Vocabulary {
 public:
  Vocabulary();

  /// The id of a token, added if it is new.
  std::int32_t add(std::string_view token);
  /// The id of a known token. A token "[PAD]" in the data is one like any other: id 0 is never found.
  std::optional<std::int32_t> find(std::string_view token) const;
  /// Token of an id in [0, size).
  std::string_view token(std::int32_t id) const;
  /// Number of ids, padding included: RecBole's n_items, n_users.
  std::int32_t size() const { return static_cast<std::int32_t>(offsets_.size()) - 1; }

  /// Writes `PREFIX.bytes` (U8) and `PREFIX.offsets` (I64, [size + 1]).
  void save(SafetensorsWriter& writer, const std::string& prefix) const;
  /// Reads them; FormatError if the offsets are not ascending from 0 to the number of bytes, or a token repeats.
  static Vocabulary load(const SafetensorsReader& reader, const std::string& prefix);

 private:
  std::size_t slot_of(std::string_view token) const;  // the slot that holds the token, or the empty one for it
  void rehash(std::size_t slots);

  std::vector<char> bytes_;
  std::vector<std::int64_t> offsets_;
  std::vector<std::int32_t> slots_;  // open addressing, power of two, -1 empty
};

}  // namespace seqrec
