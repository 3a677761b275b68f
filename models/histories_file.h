#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "core/safetensors.h"
#include "core/shared_array.h"
#include "core/vocabulary.h"

namespace seqrec::models {

/// What the users did, kept beside a model file and never in it, so that a model can be shipped without personal data:
/// for every user id the last items of the history (oldest first) and all items seen. Item and user ids are those of
/// one model file.
///
/// On disk `RUN/histories.safetensors`: metadata `format` "seqrec.histories", `format_version`, `user_fingerprint` and
/// `item_fingerprint`; `recent.offsets` (I64, [n_users + 1]), `recent.items` (I32), `seen.offsets`, `seen.items`.
class Histories {
 public:
  /// No user, no history.
  Histories() = default;
  /// From the whole histories, a CSR by user id (offsets: n_users + 1, items oldest first): keeps the last `length`
  /// items of each and the set of all. ShapeError unless the offsets ascend from 0 to the number of items.
  Histories(std::span<const std::int64_t> offsets, std::span<const std::int32_t> items, std::int64_t length);

  /// Writes those of whole histories as save() does, in little memory whatever their length. Errors are those of both.
  static void write(const std::filesystem::path& path, std::span<const std::int64_t> offsets,
                    std::span<const std::int32_t> history_items, std::int64_t length, const Vocabulary& users,
                    const Vocabulary& items);

  std::int64_t users() const { return recent_.offsets.empty() ? 0 : std::ssize(recent_.offsets) - 1; }
  /// The last items of a user, oldest first; empty for a user without a history and for id 0.
  std::span<const std::int32_t> recent(std::int32_t user) const { return recent_.row(user); }
  /// All items that the user has seen, ascending, without repeats.
  std::span<const std::int32_t> seen(std::int32_t user) const { return seen_.row(user); }

  /// Writes them, bound to the vocabularies of a model file.
  void save(const std::filesystem::path& path, const Vocabulary& users, const Vocabulary& items) const;
  /// Reads them. FormatError naming the file if it is no histories file, is malformed, has ids outside of the
  /// vocabularies, or belongs to another model file.
  static Histories load(const std::filesystem::path& path, const Vocabulary& users, const Vocabulary& items);
  static Histories load(const SafetensorsReader& reader, const Vocabulary& users, const Vocabulary& items);

 private:
  struct Rows {
    SharedArray<std::int64_t> offsets;
    SharedArray<std::int32_t> items;
    std::span<const std::int32_t> row(std::int32_t user) const;
  };
  Histories(Rows recent, Rows seen) : recent_(std::move(recent)), seen_(std::move(seen)) {}

  Rows recent_;
  Rows seen_;
};

/// Where a model file's histories are: "histories.safetensors" in its folder.
std::filesystem::path histories_path(const std::filesystem::path& model_file);

}  // namespace seqrec::models
