#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/concat.h"
#include "core/file.h"
#include "data/dataset.h"
#include "tests/temp_folder.h"

/// A dataset "d" of the texts given, in a folder of its own.
class DatasetFiles {
 public:
  explicit DatasetFiles(std::string_view inter) {
    std::filesystem::create_directories(folder_ / "d");
    write("inter", inter);
  }

  void write(const std::string& extension, std::string_view text) {
    seqrec::write_text(folder_.path() / "d" / ("d." + extension), text);
  }
  std::string path(const std::string& extension) const { return (folder_.path() / "d" / ("d." + extension)).string(); }

  /// A configuration of the dataset, with settings as after --set.
  seqrec::data::Config config(std::vector<std::string> settings = {}, std::vector<seqrec::Key> keys = {}) const {
    seqrec::data::ConfigInput input;
    input.model_keys = std::move(keys);
    input.settings = std::move(settings);
    input.options = {{"dataset", "d", "--dataset"}, {"data_path", folder_.path().string(), "--data-path"}};
    return seqrec::data::Config(input);
  }
  seqrec::data::Dataset prepare(std::vector<std::string> settings = {}) const {
    return seqrec::data::prepare(config(std::move(settings)));
  }

 private:
  TempFolder folder_;
};

/// A user who clicks a, then item i (from 1) i times: i is a target i times, a none.
inline DatasetFiles skewed_clicks(int items) {
  std::string text = "user_id:token\titem_id:token\ttimestamp:float\nu\ta\t0\n";
  for (int i = 1; i <= items; ++i)
    for (int k = 0; k < i; ++k) text += seqrec::concat("u\ti", i, "\t", i, "\n");
  return DatasetFiles(text);
}

/// The tokens of a history, separated by spaces.
inline std::string tokens_of(const seqrec::data::Dataset& dataset, std::int64_t history) {
  std::string out;
  for (const std::int32_t item : dataset.history(history)) {
    if (!out.empty()) out += ' ';
    out += dataset.items.token(item);
  }
  return out;
}

/// All tokens of a vocabulary but padding, separated by spaces.
inline std::string tokens_of(const seqrec::Vocabulary& vocabulary) {
  std::string out;
  for (std::int32_t id = 1; id < vocabulary.size(); ++id) {
    if (!out.empty()) out += ' ';
    out += vocabulary.token(id);
  }
  return out;
}
