#include "models/histories_file.h"

#include <algorithm>

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

}  // namespace

std::span<const std::int32_t> Histories::Rows::row(std::int32_t user) const {
  if (user < 0 || user + std::size_t{1} >= offsets.size()) return {};
  const std::int64_t begin = offsets[user], end = offsets[user + 1];
  return std::span(items).subspan(begin, end - begin);
}

Histories::Histories(std::span<const std::int64_t> offsets, std::span<const std::int32_t> items, std::int64_t length) {
  require<ShapeError>(length >= 1, "[histories] expected a length from 1, got ", length);
  require<ShapeError>(!offsets.empty() && offsets.front() == 0 && std::is_sorted(offsets.begin(), offsets.end()) &&
                          offsets.back() == std::ssize(items),
                      "[histories] offsets must ascend from 0 to the number of items, ", items.size());
  recent_.offsets = seen_.offsets = {0};
  for (std::size_t user = 0; user + 1 < offsets.size(); ++user) {
    const auto history = items.subspan(offsets[user], offsets[user + 1] - offsets[user]);
    const auto recent = history.last(std::min(history.size(), static_cast<std::size_t>(length)));
    recent_.items.insert(recent_.items.end(), recent.begin(), recent.end());
    recent_.offsets.push_back(std::ssize(recent_.items));
    const auto first = std::ssize(seen_.items);
    seen_.items.insert(seen_.items.end(), history.begin(), history.end());
    std::sort(seen_.items.begin() + first, seen_.items.end());
    seen_.items.erase(std::unique(seen_.items.begin() + first, seen_.items.end()), seen_.items.end());
    seen_.offsets.push_back(std::ssize(seen_.items));
  }
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
    writer.add(name + ".offsets", Tensor::from(rows.offsets, {std::ssize(rows.offsets)}));
    writer.add(name + ".items", Tensor::from(rows.items, {std::ssize(rows.items)}));
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
    check(rows.offsets.front() == 0 && std::is_sorted(rows.offsets.begin(), rows.offsets.end()) &&
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
