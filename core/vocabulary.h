#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/safetensors.h"

namespace seqrec {

/// The token table of one field: id <-> token, byte for byte; no token holds a byte 0. Id 0 is padding and has the
/// token "[PAD]"; real tokens have ids from 1, in order of addition. All tokens lie in one block of memory.
class Vocabulary {
 public:
  Vocabulary();

  /// The id of a token, added if it is new; DataError if it holds a byte 0.
  std::int32_t add(std::string_view token);
  /// ids[i] = add(tokens[i]), in order, or 0 where a token is empty: a missing one. Waits for memory once for many
  /// tokens.
  void add(std::span<const std::string_view> tokens, std::span<std::int32_t> ids);
  /// The id of a known token. A token "[PAD]" in the data is one like any other: id 0 is never found.
  std::optional<std::int32_t> find(std::string_view token) const;
  /// Token of an id in [0, size). A byte 0 follows it.
  std::string_view token(std::int32_t id) const;
  /// Number of ids, padding included: RecBole's n_items, n_users.
  std::int32_t size() const { return static_cast<std::int32_t>(offsets_.size()) - 1; }

  /// Writes `PREFIX.bytes` (U8) and `PREFIX.offsets` (I64, [size + 1]).
  void save(SafetensorsWriter& writer, const std::string& prefix) const;
  /// Reads them; FormatError if the offsets are not ascending from 0 to the number of bytes, a token repeats or
  /// holds a byte 0.
  static Vocabulary load(const SafetensorsReader& reader, const std::string& prefix);

 private:
  struct Slot {
    std::int32_t id = -1;  // none
    std::uint32_t hash = 0;
  };
  /// The place in slots_ that holds the token, or the empty one for it.
  std::size_t slot_of(std::string_view token, std::uint32_t hash) const;
  std::int32_t add(std::string_view token, std::uint32_t hash);
  void grow();

  std::vector<char> bytes_;            // the tokens, a byte 0 after each
  std::vector<std::int64_t> offsets_;  // where they begin, and the end
  std::vector<Slot> slots_;            // open addressing, a power of two
};

}  // namespace seqrec
