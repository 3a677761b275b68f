#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include <unistd.h>

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

/// A model file's parts with users "u1".. and items "i1"..; windows of at most 4 items.
inline ModelFile tiny_file(std::int32_t users = 5, std::int32_t items = 20, const std::string& model = "SHAN") {
  ModelFile file;
  for (std::int32_t i = 1; i <= users; ++i) file.users.add(concat("u", i));
  for (std::int32_t i = 1; i <= items; ++i) file.items.add(concat("i", i));
  file.spec = {model, file.users.size(), file.items.size(), Json::object()};
  for (const Key& key : model_info(model).keys) file.spec.hyper_parameters[key.name] = key.default_value;
  file.spec.hyper_parameters["embedding_size"] = 8;
  file.spec.hyper_parameters["MAX_ITEM_LIST_LENGTH"] = 4;
  file.config = file.spec.hyper_parameters;
  file.config["learning_rate"] = 1e-3;
  return file;
}

/// Its model, with parameters large enough that scores differ.
inline std::unique_ptr<SequentialRecommender> tiny_model(const ModelFile& file, DType dtype = DType::F32) {
  auto model = make_model(file.spec, dtype, 7);
  for (const auto& [name, parameter] : model->parameters()) {
    visit_float(dtype, "tiny_model", [&, &parameter = parameter](auto zero) {
      for (auto& value : parameter.value().template span<decltype(zero)>()) value = value * 20;
    });
  }
  model->eval();
  return model;
}

}  // namespace seqrec::models
