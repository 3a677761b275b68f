#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <utility>

#include <unistd.h>

#include "models/histories_file.h"
#include "models/list.h"
#include "models/model_file.h"

namespace seqrec::models {

/// A folder of its own for a test's files, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> next{0};
    path_ = std::filesystem::temp_directory_path() / concat("seqrec_test_", getpid(), "_", next++);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A feature of each type; some rows have nothing.
inline std::vector<Feature> tiny_features(std::int64_t rows) {
  Feature group = identity_feature("group", rows), weight = group;
  weight.name = "weight";
  weight.type = FieldType::Float;
  weight.tokens = 0;
  weight.ids = Index();
  std::vector<std::int32_t> groups, offsets{0}, tags;
  std::vector<float> years;
  for (std::int32_t row = 0; row < rows; ++row) {
    groups.push_back(row % 3);
    weight.numbers.push_back(static_cast<float>(row) / 8);
    for (std::int32_t i = 0; i < row % 3; ++i) {
      tags.push_back((row + i) % 4);
      years.push_back(static_cast<float>(i + 1));
    }
    offsets.push_back(static_cast<std::int32_t>(tags.size()));
  }
  group.tokens = 3;
  group.ids = Index(std::move(groups));
  const Windows of_rows = Windows::adjacent(std::move(offsets));
  return {group,
          {"tags", FieldType::TokenSeq, 4, of_rows, Index(std::move(tags)), {}},
          weight,
          {"years", FieldType::FloatSeq, 0, of_rows, Index(), std::move(years)}};
}

/// What a model without parameters is fitted to: six sessions of four items, all but the first of each targets.
inline TrainingSessions tiny_sessions(std::int32_t items) {
  TrainingSessions out;
  for (std::int32_t s = 0; s < 6; ++s) {
    for (std::int32_t t = 0; t < 4; ++t) {
      out.items.push_back((s * 3 + t * (1 + s % 3)) % items + 1);
      out.is_target.push_back(t > 0);
    }
    out.offsets.push_back(std::ssize(out.items));
    out.repeated.push_back(0);
  }
  return out;
}

/// A model file's parts with users "u1".. and items "i1"..; windows of at most 4 items. An S3Rec is fine-tuned, a model
/// that takes features has them.
inline ModelFile tiny_file(std::int32_t users = 5, std::int32_t items = 20, const std::string& model = "SHAN",
                           std::int64_t width = 8) {
  ModelFile file;
  for (std::int32_t i = 1; i <= users; ++i) file.users.add(concat("u", i));
  for (std::int32_t i = 1; i <= items; ++i) file.items.add(concat("i", i));
  file.spec = {model, file.users.size(), file.items.size(), Json::object()};
  file.spec.hyper_parameters = complete_values(model_info(model).keys, {}, "");
  const std::pair<const char*, Json> small[] = {{"embedding_size", width},   {"hidden_size", width},
                                                {"inner_size", width},       {"mlp_hidden_size", Json::Array{6, 5}},
                                                {"train_stage", "finetune"}, {"MAX_ITEM_LIST_LENGTH", 4}};
  for (const auto& [key, value] : small)
    if (file.spec.hyper_parameters.find(key)) file.spec.hyper_parameters[key] = value;
  if (file.spec.hyper_parameters.find("item_attribute")) file.spec.attribute_columns = {{"class", 3}};
  if (model_info(model).features) {
    file.spec.user_features = tiny_features(file.spec.n_users);
    file.spec.item_features = tiny_features(file.spec.n_items);
  }
  if (model_info(model).fit) file.spec.fitted = model_info(model).fit(file.spec, tiny_sessions(items));
  file.config = file.spec.hyper_parameters;
  file.config["MAX_ITEM_LIST_LENGTH"] = 4;
  file.config["learning_rate"] = 1e-3;
  return file;
}

/// The histories of its users: u1 saw i1 to i6, u2 saw i7 (of fewer items, what there is), the others nothing.
inline void save_tiny_histories(const std::filesystem::path& path, const ModelFile& file) {
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(file.users.size()) + 1, 7);
  offsets[0] = offsets[1] = 0;
  offsets[2] = 6;
  std::vector<std::int32_t> items;
  for (std::int32_t item = 1; item <= 7; ++item) items.push_back(std::min(item, file.items.size() - 1));
  Histories(offsets, items, file.max_item_list_length()).save(path, file.users, file.items);
}

/// Its model, with parameters large enough that scores differ (DIEN's are so anyway, and probabilities).
inline std::unique_ptr<SequentialRecommender> tiny_model(const ModelFile& file, DType dtype = DType::F32) {
  auto model = make_model(file.spec, dtype, 7);
  const int factor = file.spec.model == "DIEN" ? 1 : 20;
  for (const auto& [name, parameter] : model->parameters()) {
    visit_float(dtype, "tiny_model", [&, &parameter = parameter](auto zero) {
      for (auto& value : parameter.value().template span<decltype(zero)>()) value = value * factor;
    });
  }
  model->eval();
  return model;
}

}  // namespace seqrec::models
