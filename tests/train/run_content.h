#pragma once

#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "core/file.h"
#include "core/json.h"
#include "core/safetensors.h"

namespace seqrec::train {

/// Without times, memory and where the run lies.
inline Json timeless(Json json) {
  for (const char* name :
       {"train_seconds", "valid_seconds", "read_seconds", "test_seconds", "peak_rss_bytes", "model_file"})
    if (json.find(name)) json[name] = 0;
  if (json.find("epochs") && json["epochs"].is_array())  // of a checkpoint's state; a result has their number
    for (Json& epoch : json["epochs"].as_array()) epoch = timeless(epoch);
  return json;
}

/// A checkpoint's metadata and the bytes of its tensors.
inline std::string checkpoint_content(const std::filesystem::path& file) {
  const SafetensorsReader reader(file);
  std::string out;
  for (const auto& [key, value] : reader.metadata())
    out += key + ": " + (key == "state" ? timeless(Json::parse(value)).dump() : value) + "\n";
  for (const std::string& name : reader.names()) {
    const Tensor tensor = reader.get(name);
    out += name + ": " +
           std::string(reinterpret_cast<const char*>(tensor.raw()), tensor.numel() * size_of(tensor.dtype()));
  }
  return out;
}

/// metrics.csv without the columns train_seconds and valid_seconds, which come after stage, epoch and loss.
inline std::string without_seconds(const std::string& csv) {
  std::string out;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    int column = 0;
    for (const char c : line) {
      column += c == ',';
      if (column != 3 && column != 4) out += c;
    }
    out += '\n';
  }
  return out;
}

/// What must depend neither on kills nor on resuming: each file's content, but for times and the log.
inline std::map<std::string, std::string> content_of(const std::filesystem::path& run) {
  std::map<std::string, std::string> out;
  for (const std::filesystem::path& file : files_in(run)) {
    const std::string name = file.filename(), text = read_text(file);
    if (name == "events.jsonl") {
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) out[name] += timeless(Json::parse(line)).dump() + "\n";
    } else if (name == "result.json") {
      out[name] = timeless(Json::parse(text)).dump();
    } else if (name == "metrics.csv") {
      out[name] = without_seconds(text);
    } else if (name.ends_with("checkpoint.safetensors")) {
      out[name] = checkpoint_content(file);
    } else {
      out[name] = name == "log.txt" ? "" : text;
    }
  }
  return out;
}

inline void check_same(const std::map<std::string, std::string>& content,
                       const std::map<std::string, std::string>& expected) {
  for (const auto& file : expected)
    CHECK_MESSAGE((content.contains(file.first) && content.at(file.first) == file.second), file.first);
  for (const auto& file : content) CHECK_MESSAGE(expected.contains(file.first), file.first);
}

}  // namespace seqrec::train
