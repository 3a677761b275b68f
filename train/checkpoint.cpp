#include "train/checkpoint.h"

#include <cstdio>

#include "core/error.h"
#include "core/safetensors.h"
#include "kernels/copy.h"
#include "models/model_file.h"

namespace seqrec::train {
namespace {

constexpr const char* kFormat = "seqrec.checkpoint";
constexpr const char* kVersion = "1";

}  // namespace

Json to_json(const TrainState& state) {
  Json out = Json::object();
  out["epoch"] = state.epoch;
  out["step"] = state.step;
  out["total_steps"] = state.total_steps;
  out["loss_sum"] = state.loss_sum;
  out["train_seconds"] = state.train_seconds;
  out["evaluations"] = state.evaluations;
  out["cur_step"] = state.early.cur_step;
  out["best_score"] = state.early.best_score ? Json(*state.early.best_score) : Json();
  out["best_epoch"] = state.best_epoch;
  out["stopped"] = state.early.stopped;
  Json epochs = Json::array();
  for (const EpochReport& report : state.epochs) epochs.push_back(to_json(report));
  out["epochs"] = std::move(epochs);
  return out;
}

TrainState train_state(const Json& json) {
  TrainState state;
  state.epoch = json.at("epoch").as_int();
  state.step = json.at("step").as_int();
  state.total_steps = json.at("total_steps").as_int();
  state.loss_sum = json.at("loss_sum").as_double();
  state.train_seconds = json.at("train_seconds").as_double();
  state.evaluations = json.at("evaluations").as_int();
  state.early.cur_step = json.at("cur_step").as_int();
  if (!json.at("best_score").is_null()) state.early.best_score = json.at("best_score").as_double();
  state.best_epoch = json.at("best_epoch").as_int();
  state.early.stopped = json.at("stopped").as_bool();
  for (const Json& report : json.at("epochs").as_array()) state.epochs.push_back(epoch_report(report));
  return state;
}

void save_checkpoint(const std::filesystem::path& path, const TrainState& state, const NamedTensors& tensors,
                     const std::string& data) {
  SafetensorsWriter writer;
  writer.add_metadata("format", kFormat);
  writer.add_metadata("format_version", kVersion);
  writer.add_metadata("data", data);
  writer.add_metadata("state", to_json(state).dump());
  for (const auto& [name, tensor] : tensors) writer.add(name, tensor);
  writer.write(path);
}

TrainState load_checkpoint(const std::filesystem::path& path, const NamedTensors& tensors, const std::string& data) {
  const SafetensorsReader reader(path);
  const auto metadata = [&](const char* key) {
    const auto found = reader.metadata().find(key);
    require<FormatError>(found != reader.metadata().end(), path.string(), ": is no checkpoint: no '", key,
                         "' in its header");
    return found->second;
  };
  require<FormatError>(metadata("format") == kFormat, path.string(), ": is no checkpoint, its format is '",
                       metadata("format"), "'");
  require<FormatError>(metadata("format_version") == kVersion, path.string(), ": expected format version ", kVersion,
                       ", got ", metadata("format_version"));
  require<DataError>(metadata("data") == data, path.string(),
                     ": the dataset is not the one that this run was trained on");
  require<FormatError>(reader.names().size() == tensors.size(), path.string(), ": expected ", tensors.size(),
                       " tensors, got ", reader.names().size());
  for (auto [name, tensor] : tensors) {
    const Tensor source = reader.get(name, tensor.dtype(), tensor.shape());
    kernels::copy(kernels::to_device(source, tensor.device()), tensor);
  }
  try {
    return train_state(Json::parse(metadata("state")));
  } catch (const FormatError& error) {
    throw FormatError(concat(path.string(), ": state: ", error.what()));
  }
}

std::string data_fingerprint(const data::Dataset& dataset) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, a number at a time
  const auto add = [&hash](std::int64_t number) {
    hash = (hash ^ static_cast<std::uint64_t>(number)) * 0x100000001b3;
    hash ^= hash >> 29;
  };
  for (const Vocabulary* vocabulary : {&dataset.users, &dataset.items})
    for (const char digit : models::fingerprint(*vocabulary)) add(digit);
  add(dataset.max_length);
  for (const std::int64_t offset : dataset.offsets) add(offset);
  for (const std::int32_t user : dataset.history_users) add(user);
  for (const std::int32_t item : dataset.items_of) add(item);
  for (const auto* rows : {&dataset.train, &dataset.valid, &dataset.test}) {
    add(static_cast<std::int64_t>(rows->size()));
    for (const data::Row row : *rows) add(std::int64_t{row.history} << 32 | row.position);
  }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

}  // namespace seqrec::train
