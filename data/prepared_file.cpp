#include "data/prepared_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <system_error>
#include <tuple>
#include <utility>

#include "core/descriptor.h"
#include "core/dtype.h"
#include "core/feature_file.h"
#include "core/file.h"
#include "core/mapped_file.h"
#include "core/naming.h"
#include "core/parallel.h"
#include "core/safetensors.h"
#include "core/shown.h"
#include "data/raw.h"

namespace seqrec::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "seqrec.prepared";
constexpr int kVersion = 1;
constexpr const char* kSuffix = "prepared.safetensors";
constexpr const char* kAgain = "; seqrec data --prepare makes it anew";
constexpr std::int64_t kValuesAtOnce = 1 << 16;
constexpr auto kMost = std::numeric_limits<std::int32_t>::max();

// preload_weight is not among them: its vectors are read from the atomic files when a model begins.
constexpr const char* kSettled[] = {"field_separator",
                                    "seq_separator",
                                    "quoting",
                                    "missing_tokens",
                                    "USER_ID_FIELD",
                                    "ITEM_ID_FIELD",
                                    "RATING_FIELD",
                                    "TIME_FIELD",
                                    "LABEL_FIELD",
                                    "LIST_SUFFIX",
                                    "padding_token",
                                    "seq_len",
                                    "threshold",
                                    "load_col",
                                    "unload_col",
                                    "unused_col",
                                    "rm_dup_inter",
                                    "val_interval",
                                    "filter_inter_by_user_or_item",
                                    "user_inter_num_interval",
                                    "item_inter_num_interval",
                                    "alias_of_user_id",
                                    "alias_of_item_id",
                                    "normalize_field",
                                    "normalize_all",
                                    "benchmark_filename",
                                    "time_precision"};

/// The columns of the items that the model asks for.
Json item_columns(const Config& config, const BatchNeeds& needs) {
  Json::Array names;
  if (!needs.item_column_key.empty())
    for (const std::string& name : config.get_strings(needs.item_column_key)) names.push_back(name);
  return names;
}

std::int64_t size_of_file(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) fail_io("read", file, error.value());
  return static_cast<std::int64_t>(size);
}

/// {"shop.inter": 1234, ...}: the atomic files with their sizes.
Json sources_of(const Config& config) {
  std::vector<std::string> extensions{"user", "item"};
  if (config.is_null("benchmark_filename"))
    extensions.push_back("inter");
  else
    for (const Json& name : config.at("benchmark_filename").as_array())
      if (name.is_string()) extensions.push_back(name.as_string() + ".inter");
  Json sources = Json::object();
  for (const std::string& extension : extensions)
    if (const fs::path file = file_of(config, extension); file_exists(file))
      sources[file.filename().string()] = size_of_file(file);
  return sources;
}

/// Of those beside a prepared file, none may have another size than it had, and none may have come.
void check_sources(const fs::path& path, const Json& sources, const Config& config) {
  for (const auto& [name, size] : sources.as_object()) {
    const fs::path file = path.parent_path() / fs::path(name).filename();
    if (!file_exists(file)) continue;
    const std::int64_t now = size_of_file(file);
    require<DataError>(Json(now) == size, file.string(), " has ", now, " bytes, but had ", size.dump(), " when ",
                       path.filename().string(), " was made of it", kAgain);
  }
  const Json now = sources_of(config);
  for (const auto& [name, size] : now.as_object())
    require<DataError>(sources.find(name) != nullptr, (path.parent_path() / name).string(),
                       " is none of the files that ", path.filename().string(), " was made of", kAgain);
}

void check_settled(const fs::path& path, const Json& settled, const Json& columns, const Config& config,
                   const BatchNeeds& needs) {
  std::string differ;
  for (const char* key : kSettled) {
    const Json* was = settled.find(key);  // a key that is younger than the file had its default
    if (was ? *was == config.at(key) : config.source(key) == "default") continue;
    differ += concat(differ.empty() ? "" : "; ", key, " (", config.source(key), ") is ", config.at(key).dump(),
                     ", was ", was ? shown(was->dump()) : "not there");
  }
  if (const Json now = item_columns(config, needs); now != columns)
    differ += concat(differ.empty() ? "" : "; ", "the items' columns that the model learns from are ", now.dump(),
                     ", were ", shown(columns.dump()), " (--model)");
  require<ConfigError>(differ.empty(), path.string(), " was prepared under other settings: ", differ, kAgain);
}

// What follows turns Prepared into tensors and metadata, and back.

Json describe_prepared(const Prepared& prepared) {
  return Json::Object{{"dataset", prepared.name},
                      {"file", prepared.file},
                      {"rows_read", prepared.rows_read},
                      {"presplit", prepared.presplit},
                      {"whole_times", prepared.scale.whole},
                      {"missing_times", prepared.scale.missing},
                      {"label_problem", prepared.label_problem},
                      {"label_rows", prepared.label_rows},
                      {"label_zeros", prepared.label_zeros}};
}

const std::string& metadata_of(const SafetensorsReader& reader, const char* key) {
  const auto found = reader.metadata().find(key);
  require<FormatError>(found != reader.metadata().end(), "has no metadata \"", key, "\"");
  return found->second;
}

Json metadata_map(const SafetensorsReader& reader, const char* key) {
  Json map = Json::parse(metadata_of(reader, key));
  require<FormatError>(map.is_object(), "metadata \"", key, "\" must be a map, it is ", map.type_name());
  return map;
}

void check_format(const SafetensorsReader& reader) {
  const auto format = reader.metadata().find("format");
  require<FormatError>(format != reader.metadata().end() && format->second == kFormat,
                       "is no prepared data of seqrec: its format is ",
                       format == reader.metadata().end() ? "not told" : shown(Json(format->second).dump()),
                       ", expected \"", kFormat, "\"");
  const std::string& version = metadata_of(reader, "format_version");
  require<FormatError>(version == std::to_string(kVersion), "has format_version ", shown(version), ", expected ",
                       kVersion, kAgain);
}

template <class T>
SharedArray<T> read(const SafetensorsReader& reader, const char* name, std::int64_t count) {
  auto tensor = std::make_shared<const Tensor>(reader.get(name, dtype_of<T>, {count}));
  const std::span<const T> values = tensor->template span<T>();
  return {values, std::move(tensor)};
}

template <class T>
SharedArray<T> read_if_there(const SafetensorsReader& reader, const char* name, std::int64_t count) {
  return reader.contains(name) ? read<T>(reader, name, count) : SharedArray<T>();
}

/// FormatError naming the first value that `is_good` refuses.
template <class T, class F>
void check_each(const char* name, const SharedArray<T>& values, const std::string& expected, F&& is_good) {
  const std::int64_t size = std::ssize(values);
  std::vector<std::int64_t> bad(static_cast<std::size_t>(num_ranges(size, kValuesAtOnce)), size);
  parallel_for(size, kValuesAtOnce, [&](std::int64_t from, std::int64_t to) {
    std::int64_t at = from;
    while (at < to && is_good(at)) ++at;
    if (at < to) bad[from / kValuesAtOnce] = at;
  });
  const auto first = std::ranges::min_element(bad);
  if (first == bad.end() || *first == size) return;
  require<FormatError>(false, name, ": number ", *first, " is ", +values[*first], ", expected ", expected);
}

void check_histories(const Prepared& data) {
  const std::int64_t histories = std::ssize(data.history_users), values = std::ssize(data.items_of);
  require<FormatError>(histories >= 1 && histories <= kMost, "expected 1 to ", kMost, " histories, got ", histories);
  require<FormatError>(data.presplit || values <= kMost, "expected at most ", kMost, " interactions, got ", values);
  require<FormatError>(data.offsets[0] == 0 && data.offsets.back() == values,
                       "history.offsets: expected them to rise from 0 to ", values);
  check_each("history.offsets", data.offsets,
             concat("more than the one before, by at most ", kMost, ", and at most ", values), [&](std::int64_t i) {
               if (i == 0) return true;
               const std::int64_t before = data.offsets[i - 1], end = data.offsets[i];
               return before >= 0 && end > before && end <= values && end - before <= kMost;
             });
  check_each("history.users", data.history_users,
             concat("an id from 1 to ", data.users.size() - 1, data.presplit ? "" : ", above the one before"),
             [&](std::int64_t h) {
               const std::int32_t user = data.history_users[h];
               return user >= 1 && user < data.users.size() &&
                      (data.presplit || h == 0 || user > data.history_users[h - 1]);
             });
  check_each("history.items", data.items_of, concat("an id from 1 to ", data.items.size() - 1),
             [&](std::int64_t v) { return data.items_of[v] >= 1 && data.items_of[v] < data.items.size(); });
  check_each("history.labels", data.labels, "0 or 1",
             [&](std::int64_t v) { return data.labels[v] == 0 || data.labels[v] == 1; });
  check_each("history.parts", data.parts, "0, 1 or 2", [&](std::int64_t v) { return data.parts[v] <= 2; });
  check_each("history.times", data.times, "a finite time",
             [&](std::int64_t v) { return std::isfinite(data.scale.time(data.times[v])); });
  if (data.times.empty()) return;
  for (std::int64_t h = 0; h < histories; ++h) {
    const auto begin = data.times.begin() + data.offsets[h], end = data.times.begin() + data.offsets[h + 1];
    require<FormatError>(std::is_sorted(begin, end), "history.times: those of history ", h, " fall");
  }
}

Prepared read_prepared(const SafetensorsReader& reader) {
  check_format(reader);
  Prepared out;
  const Json about = metadata_map(reader, "about");
  const auto count = [&](const char* key) {
    const std::int64_t number = about.at(key).as_int();
    require<FormatError>(number >= 0, key, " is negative: ", number);
    return number;
  };
  out.name = about.at("dataset").as_string();
  const std::string& file = about.at("file").as_string();
  out.file = shown(file, file.size());
  out.rows_read = count("rows_read");
  out.presplit = about.at("presplit").as_bool();
  out.scale = {about.at("whole_times").as_bool(), count("missing_times")};
  out.label_problem = about.at("label_problem").as_string();
  out.label_rows = count("label_rows");
  out.label_zeros = count("label_zeros");
  out.report = report_of(metadata_map(reader, "report"));

  out.users = Vocabulary::load(reader, "vocabulary.user");
  out.items = Vocabulary::load(reader, "vocabulary.item");
  out.history_users = read<std::int32_t>(reader, "history.users", -1);
  out.items_of = read<std::int32_t>(reader, "history.items", -1);
  const std::int64_t histories = std::ssize(out.history_users), values = std::ssize(out.items_of);
  out.offsets = read<std::int64_t>(reader, "history.offsets", histories + 1);
  if (!out.presplit) out.times = read<std::int64_t>(reader, "history.times", values);
  out.labels = read_if_there<float>(reader, "history.labels", values);
  if (out.presplit)
    out.parts = read<std::uint8_t>(reader, "history.parts", histories);
  else
    out.parts = read_if_there<std::uint8_t>(reader, "history.parts", values);
  check_histories(out);

  load_features(reader, out.users.size(), out.items.size(), out.user_features.columns, out.item_features.columns);
  out.titles = std::make_shared<const std::vector<std::string>>(load_texts(reader, out.items.size(), "title"));
  return out;
}

/// UsageError for arrays that aren't as long as Prepared promises: of those nobody could read the file.
void check_sizes(const Prepared& data) {
  const std::size_t histories = data.history_users.size(), values = data.items_of.size();
  const auto check = [](const char* what, std::size_t size, std::size_t expected) {
    require<UsageError>(size == expected, "[save_prepared] expected ", expected, " ", what, ", got ", size);
  };
  check("offsets", data.offsets.size(), histories + 1);
  check("times", data.times.size(), data.presplit ? 0 : values);
  if (!data.labels.empty()) check("labels", data.labels.size(), values);
  if (data.presplit || !data.parts.empty()) check("parts", data.parts.size(), data.presplit ? histories : values);
}

}  // namespace

fs::path prepared_path(const Config& config) {
  const std::string& dataset = config.get_string("dataset");
  require<ConfigError>(!dataset.empty(), "dataset: no name given");
  return fs::path(config.get_string("data_path")) / dataset / concat(dataset, ".", kSuffix);
}

std::span<const char* const> settled_keys() { return kSettled; }

fs::path save_prepared(const Prepared& prepared, const Config& config, const BatchNeeds& needs,
                       const fs::path& folder) {
  check_sizes(prepared);
  SafetensorsWriter writer;
  prepared.users.save(writer, "vocabulary.user");
  prepared.items.save(writer, "vocabulary.item");
  writer.add("history.users", prepared.history_users);
  writer.add("history.offsets", prepared.offsets);
  writer.add("history.items", prepared.items_of);
  if (!prepared.presplit) writer.add("history.times", prepared.times);
  if (!prepared.labels.empty()) writer.add("history.labels", prepared.labels);
  if (!prepared.parts.empty()) writer.add("history.parts", prepared.parts);
  Json settled = Json::object();
  save_features(writer, prepared.user_features.columns, prepared.item_features.columns);
  if (prepared.titles && !prepared.titles->empty()) save_texts(writer, *prepared.titles, "title");
  for (const char* key : kSettled) settled[key] = config.at(key);
  writer.add_metadata("format", kFormat);
  writer.add_metadata("format_version", std::to_string(kVersion));
  writer.add_metadata("about", describe_prepared(prepared).dump());
  writer.add_metadata("report", to_json(prepared.report).dump());
  writer.add_metadata("settled", settled.dump());
  writer.add_metadata("item_columns", item_columns(config, needs).dump());
  writer.add_metadata("sources", sources_of(config).dump());
  const fs::path path = prepared_path(config.with({{"data_path", folder.string(), "--prepare"}}));
  make_folder_of(path);
  writer.write(path);
  return path;
}

Prepared parse_prepared(std::span<const std::byte> bytes, const std::string& name, std::shared_ptr<const void> owner) {
  return naming(name, [&] { return read_prepared(SafetensorsReader(bytes, name, std::move(owner))); });
}

Prepared load_prepared(const fs::path& path, const Config& config, const BatchNeeds& needs) {
  const auto file = std::make_shared<const MappedFile>(path);
  const std::string name = path.string();
  const SafetensorsReader reader = naming(name, [&] { return SafetensorsReader(file->bytes(), name, file); });
  const auto [settled, columns, sources] = naming(name, [&] {
    check_format(reader);
    require<FormatError>(reader.has_checksums(), "has no checksums", kAgain);
    return std::tuple(metadata_map(reader, "settled"), Json::parse(metadata_of(reader, "item_columns")),
                      metadata_map(reader, "sources"));
  });
  check_settled(path, settled, columns, config, needs);
  check_sources(path, sources, config);
  return naming(name, [&] { return read_prepared(reader); });
}

}  // namespace seqrec::data
