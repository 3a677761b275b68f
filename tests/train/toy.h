#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "../temp_folder.h"
#include "core/concat.h"
#include "data/config.h"
#include "data/dataset.h"
#include "models/list.h"
#include "models/model.h"

namespace seqrec::train {

inline constexpr int kToyUsers = 14, kToyItems = 25, kToyLength = 9;

/// Writes FOLDER/toy/toy.inter: 14 users with 9 interactions each over 25 items, ratings 1 to 5; and toy.item: what the
/// items' `class` is, with a few other columns.
inline void write_toy(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder / "toy");
  std::ofstream file(folder / "toy" / "toy.inter");
  file << "user_id:token\titem_id:token\trating:float\ttimestamp:float\n";
  for (int u = 0; u < kToyUsers; ++u)
    for (int t = 0; t < kToyLength; ++t)
      file << "u" << u << "\ti" << (u * 7 + t * (u % 3 + 1)) % kToyItems << "\t" << 1 + (u + t) % 5 << "\t"
           << 1000 * u + t << "\n";
  std::ofstream items(folder / "toy" / "toy.item");
  items << "item_id:token\tclass:token_seq\tyear:float\tnothing:token\n";
  for (int i = 0; i < kToyItems; ++i) items << "i" << i << "\tc" << i % 4 << " c" << i % 7 << "\t" << i << "\t\n";
}

/// A configuration of the toy data, with more settings.
inline data::ConfigInput toy_input(const std::filesystem::path& folder, std::vector<std::string> settings = {}) {
  data::ConfigInput input;
  input.options = {{"dataset", "toy", "--dataset"}, {"data_path", folder.string(), "--data-path"}};
  input.settings = std::move(settings);
  return input;
}

inline data::Config toy_config(const std::filesystem::path& folder, std::vector<std::string> settings = {}) {
  return data::Config(toy_input(folder, std::move(settings)));
}

/// Settings that make any model a small one, whose stages are all trained.
inline std::vector<std::string> small_settings(const models::ModelInfo& info) {
  const std::pair<const char*, const char*> small[] = {{"embedding_size", "4"},  {"hidden_size", "4"},
                                                       {"inner_size", "4"},      {"mlp_hidden_size", "[4]"},
                                                       {"pretrain_epochs", "1"}, {"stages", "[pretrain, finetune]"}};
  std::vector<std::string> settings;
  for (const auto& [name, value] : small)
    for (const Key& key : info.keys)
      if (key.name == name) settings.push_back(concat(name, "=", value));
  return settings;
}

}  // namespace seqrec::train
