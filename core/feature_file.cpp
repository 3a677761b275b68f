#include "core/feature_file.h"

#include <limits>
#include <span>
#include <string_view>

#include "core/error.h"
#include "core/shown.h"

namespace seqrec {
namespace {

/// [rows + 1] offsets of `values` values, checked.
std::vector<std::int32_t> read_offsets(const SafetensorsReader& reader, const std::string& name, std::int64_t rows,
                                       std::int64_t values) {
  const Tensor tensor = reader.get(name + ".offsets", DType::I32, {rows + 1});
  const auto offsets = tensor.span<std::int32_t>();
  bool rising = offsets.front() == 0 && offsets.back() == values;
  for (std::size_t i = 1; i < offsets.size(); ++i) rising = rising && offsets[i - 1] <= offsets[i];
  require<FormatError>(rising, name, ".offsets: expected them to rise from 0 to ", values);
  return {offsets.begin(), offsets.end()};
}

constexpr const char* kFeatures = "features";

std::string feature_name(std::size_t number) { return concat("feature.", number); }
std::string vocabulary_name(std::size_t number) { return concat("vocabulary.feature.", number); }

}  // namespace

Json describe_features(const std::vector<Feature>& of_users, const std::vector<Feature>& of_items) {
  Json list = Json::array();
  for (const Feature& feature : of_users) list.push_back(describe_feature("user", feature));
  for (const Feature& feature : of_items) list.push_back(describe_feature("item", feature));
  return list;
}

void save_features(SafetensorsWriter& writer, const std::vector<Feature>& of_users,
                   const std::vector<Feature>& of_items) {
  if (of_users.empty() && of_items.empty()) return;
  writer.add_metadata(kFeatures, describe_features(of_users, of_items).dump());
  std::size_t number = 0;
  for (const auto* features : {&of_users, &of_items})
    for (const Feature& feature : *features) {
      save_feature(writer, feature, feature_name(number), vocabulary_name(number));
      ++number;
    }
}

void load_features(const SafetensorsReader& reader, std::int64_t users, std::int64_t items,
                   std::vector<Feature>& of_users, std::vector<Feature>& of_items) {
  const auto metadata = reader.metadata().find(kFeatures);
  if (metadata == reader.metadata().end()) return;
  std::size_t number = 0;
  const Json list = Json::parse(metadata->second);
  for (const Json& about : list.as_array()) {
    const std::string& of = about.at("of").as_string();
    require<FormatError>(of == "user" || of == "item", "a feature is of ", shown(Json(of).dump()),
                         ", expected user or item");
    (of == "user" ? of_users : of_items)
        .push_back(
            load_feature(reader, about, of == "user" ? users : items, feature_name(number), vocabulary_name(number)));
    ++number;
  }
}

void save_feature(SafetensorsWriter& writer, const Feature& feature, const std::string& name,
                  const std::string& vocabulary) {
  if (feature.is_token())
    writer.add(name, Tensor::from(feature.ids.host(), {feature.ids.size()}));
  else
    writer.add(name, Tensor::from(feature.numbers, {std::ssize(feature.numbers)}));
  if (feature.vocabulary) feature.vocabulary->save(writer, vocabulary);
  const auto offsets = feature.rows.offsets();
  if (feature.is_sequence()) writer.add(name + ".offsets", Tensor::from(offsets, {std::ssize(offsets)}));
}

Json describe_feature(const char* of, const Feature& feature) {
  Json about = Json::object();
  about["of"] = of;
  about["name"] = feature.name;
  about["type"] = name_of(feature.type);
  if (feature.is_token()) about["tokens"] = feature.tokens;
  return about;
}

Feature load_feature(const SafetensorsReader& reader, const Json& about, std::int64_t rows, const std::string& name,
                     const std::string& vocabulary) {
  Feature feature;
  feature.name = about.at("name").as_string();
  const auto type = field_type(about.at("type").as_string());
  require<FormatError>(type.has_value(), "a feature has type ", shown(about.at("type").dump()),
                       ", expected token, token_seq, float or float_seq");
  feature.type = *type;
  const Tensor tensor = reader.get(name, feature.is_token() ? DType::I32 : DType::F32, {-1});
  if (feature.is_token()) {
    feature.tokens = about.at("tokens").as_int();
    require<FormatError>(feature.tokens >= 1 && feature.tokens <= std::numeric_limits<std::int32_t>::max(), "feature '",
                         feature.name, "' has ", feature.tokens, " tokens");
    feature.ids = Index(tensor.to_vector<std::int32_t>());
    if (reader.contains(vocabulary + ".bytes"))
      feature.vocabulary = std::make_shared<const Vocabulary>(Vocabulary::load(reader, vocabulary));
  } else {
    feature.numbers = tensor.to_vector<float>();
  }
  if (feature.is_sequence()) {
    feature.rows = Windows::adjacent(read_offsets(reader, name, rows, tensor.numel()));
  } else {
    require<FormatError>(tensor.numel() == rows, name, ": expected ", rows, " values, got ", tensor.numel());
    feature.rows = identity_feature("", rows).rows;
  }
  check_feature(feature, rows);
  return feature;
}

void save_texts(SafetensorsWriter& writer, const std::vector<std::string>& texts, const std::string& prefix) {
  std::string bytes;
  std::vector<std::int64_t> offsets{0};
  for (const std::string& text : texts) {
    bytes += text;
    offsets.push_back(std::ssize(bytes));
  }
  const std::span values(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  writer.add(prefix + ".bytes", Tensor::from(values, {std::ssize(bytes)}));
  writer.add(prefix + ".offsets", Tensor::from(offsets, {std::ssize(offsets)}));
}

std::vector<std::string> load_texts(const SafetensorsReader& reader, std::int64_t count, const std::string& prefix) {
  if (!reader.contains(prefix + ".offsets")) return {};
  const Tensor bytes = reader.get(prefix + ".bytes", DType::U8, {-1});
  const Tensor offsets = reader.get(prefix + ".offsets", DType::I64, {count + 1});
  const auto ends = offsets.span<std::int64_t>();
  const std::string_view text(reinterpret_cast<const char*>(bytes.raw()), static_cast<std::size_t>(bytes.numel()));
  require<FormatError>(ends.front() == 0 && ends.back() == bytes.numel(), prefix,
                       ".offsets don't reach from 0 to the number of bytes, ", bytes.numel());
  require<FormatError>(text.find('\0') == text.npos, prefix, ".bytes: a ", prefix, " holds a byte 0");
  std::vector<std::string> texts;
  texts.reserve(count);
  for (std::size_t i = 1; i < ends.size(); ++i) {
    require<FormatError>(ends[i - 1] <= ends[i] && ends[i] <= bytes.numel(), prefix, ".offsets fall after ", i - 1);
    texts.emplace_back(text.substr(ends[i - 1], ends[i] - ends[i - 1]));
  }
  return texts;
}

}  // namespace seqrec
