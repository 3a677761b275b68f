#include "models/histories_file.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/disk_array.h"
#include "core/shown.h"
#include "models/model_file.h"

namespace seqrec::models {
namespace {

constexpr const char* kHistoriesFormat = "seqrec.histories";
constexpr const char* kVersion = "1";

std::string metadata_or_none(const SafetensorsReader& reader, const std::string& key) {
  const auto found = reader.metadata().find(key);
  return found == reader.metadata().end() ? std::string() : found->second;
}

/// Calls f(recent, seen) for each user: the last `length` items, and all of them, ascending without repeats.
template <class F>
void each_history(std::span<const std::int64_t> offsets, std::span<const std::int32_t> items, std::int64_t length,
                  F&& f) {
  require<ShapeError>(length >= 1, "[histories] expected a length from 1, got ", length);
  require<ShapeError>(!offsets.empty() && offsets.front() == 0 && std::is_sorted(offsets.begin(), offsets.end()) &&
                          offsets.back() == std::ssize(items),
                      "[histories] offsets must ascend from 0 to the number of items, ", items.size());
  std::vector<std::int32_t> seen;
  for (std::size_t user = 0; user + 1 < offsets.size(); ++user) {
    const auto history = items.subspan(offsets[user], offsets[user + 1] - offsets[user]);
    seen.assign(history.begin(), history.end());
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    f(history.last(std::min(history.size(), static_cast<std::size_t>(length))), seen);
  }
}

}  // namespace

std::span<const std::int32_t> Histories::Rows::row(std::int32_t user) const {
  if (user < 0 || user + std::size_t{1} >= offsets.size()) return {};
  const std::int64_t begin = offsets[user], end = offsets[user + 1];
  return std::span(items.data(), items.size()).subspan(begin, end - begin);
}

Histories::Histories(std::span<const std::int64_t> offsets, std::span<const std::int32_t> items, std::int64_t length) {
  std::vector<std::int32_t> recent_items, seen_items;
  std::vector<std::int64_t> recent_offsets{0}, seen_offsets{0};
  each_history(offsets, items, length, [&](std::span<const std::int32_t> recent, std::span<const std::int32_t> seen) {
    recent_items.insert(recent_items.end(), recent.begin(), recent.end());
    recent_offsets.push_back(std::ssize(recent_items));
    seen_items.insert(seen_items.end(), seen.begin(), seen.end());
    seen_offsets.push_back(std::ssize(seen_items));
  });
  recent_ = {std::move(recent_offsets), std::move(recent_items)};
  seen_ = {std::move(seen_offsets), std::move(seen_items)};
}

void Histories::write(const std::filesystem::path& path, std::span<const std::int64_t> offsets,
                      std::span<const std::int32_t> history_items, std::int64_t length, const Vocabulary& users,
                      const Vocabulary& items) {
  DiskArray<std::int32_t> recent_items(folder_of(path)), seen_items(folder_of(path));
  std::vector<std::int64_t> recent_offsets{0}, seen_offsets{0};
  each_history(offsets, history_items, length,
               [&](std::span<const std::int32_t> recent, std::span<const std::int32_t> seen) {
                 recent_items.add(recent);
                 recent_offsets.push_back(recent_items.size());
                 seen_items.add(seen);
                 seen_offsets.push_back(seen_items.size());
               });
  Histories({std::move(recent_offsets), recent_items.read()}, {std::move(seen_offsets), seen_items.read()})
      .save(path, users, items);
}

void Histories::save(const std::filesystem::path& path, const Vocabulary& users, const Vocabulary& items) const {
  require<ShapeError>(this->users() == users.size(), "[histories] there are ", this->users(),
                      " users, the vocabulary has ", users.size());
  SafetensorsWriter writer;
  writer.add_metadata("format", kHistoriesFormat);
  writer.add_metadata("format_version", kVersion);
  writer.add_metadata("user_fingerprint", fingerprint(users));
  writer.add_metadata("item_fingerprint", fingerprint(items));
  const auto add = [&](const std::string& name, const Rows& rows) {
    writer.add(name + ".offsets", rows.offsets);
    writer.add(name + ".items", rows.items);
  };
  add("recent", recent_);
  add("seen", seen_);
  writer.write(path);
}

Histories Histories::load(const std::filesystem::path& path, const Vocabulary& users, const Vocabulary& items) {
  return load(SafetensorsReader(path), users, items);
}

Histories Histories::load(const SafetensorsReader& reader, const Vocabulary& users, const Vocabulary& items) {
  const auto check = [&](bool ok, const auto&... what) { require<FormatError>(ok, reader.file(), ": ", what...); };
  check(metadata_or_none(reader, "format") == kHistoriesFormat, "is not a seqrec histories file");
  check(metadata_or_none(reader, "format_version") == kVersion, "has format version ",
        shown(Json(metadata_or_none(reader, "format_version")).dump()), "; this seqrec reads ", kVersion);
  check(metadata_or_none(reader, "user_fingerprint") == fingerprint(users) &&
            metadata_or_none(reader, "item_fingerprint") == fingerprint(items),
        "belongs to another model file: its users or items are not the model's");
  const auto read = [&](const std::string& name) {
    const Tensor offsets = reader.get(name + ".offsets", DType::I64, {users.size() + std::int64_t{1}});
    const Tensor values = reader.get(name + ".items", DType::I32, {-1});
    Rows rows{offsets.to_vector<std::int64_t>(), values.to_vector<std::int32_t>()};
    check(rows.offsets[0] == 0 && std::is_sorted(rows.offsets.begin(), rows.offsets.end()) &&
              rows.offsets.back() == values.numel(),
          name, ".offsets must ascend from 0 to the number of items, ", values.numel());
    const auto bad = std::find_if(rows.items.begin(), rows.items.end(),
                                  [&](std::int32_t item) { return item < 1 || item >= items.size(); });
    check(bad == rows.items.end(), name, ".items: item id ", bad == rows.items.end() ? 0 : *bad,
          " is outside of the model's, 1 to ", items.size() - 1);
    return rows;
  };
  Histories histories;
  histories.recent_ = read("recent");
  histories.seen_ = read("seen");
  return histories;
}

std::filesystem::path histories_path(const std::filesystem::path& model_file) {
  return model_file.parent_path() / "histories.safetensors";
}

}  // namespace seqrec::models
