#include "train/checkpoint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "nn/serialize.h"

namespace seqrec::train {
namespace {

constexpr const char* kFormat = "seqrec.checkpoint";
constexpr const char* kVersion = "2";  // 1 had no checksums, and one fingerprint of all data

/// Sums of squares among what optimisers keep (optim/rules.h).
constexpr std::array kSquares = {"optimizer.exp_avg_sq.", "optimizer.square_avg.", "optimizer.sum."};

const std::string& metadata(const SafetensorsReader& reader, const char* key) {
  const auto found = reader.metadata().find(key);
  require<FormatError>(found != reader.metadata().end(), reader.file(), ": is no checkpoint: no '", key,
                       "' in its header");
  return found->second;
}

/// Runs `f`; what it refuses is told with the file's name.
template <class F>
auto naming(const std::string& file, F&& f) {
  try {
    return f();
  } catch (const FormatError& error) {
    throw FormatError(concat(file, ": ", error.what()));
  } catch (const DataError& error) {
    throw DataError(concat(file, ": ", error.what()));
  } catch (const ConfigError& error) {
    throw ConfigError(concat(file, ": ", error.what()));
  }
}

/// Whether it is a checkpoint in format version 1.
bool is_version_1(const SafetensorsReader& reader) {
  require<FormatError>(metadata(reader, "format") == kFormat, reader.file(), ": is no checkpoint, its format is '",
                       metadata(reader, "format"), "'");
  const std::string& version = metadata(reader, "format_version");
  require<FormatError>(version == kVersion || version == "1", reader.file(), ": expected format version 1 or ",
                       kVersion, ", got ", version);
  require<FormatError>(version == "1" || reader.has_checksums(), reader.file(), ": is damaged: its checksums are gone");
  return version == "1";
}

std::vector<std::string> check(const SafetensorsReader& reader, const RunBinding& binding) {
  const bool version_1 = is_version_1(reader);
  const std::string& data = metadata(reader, "data");
  std::vector<std::string> notices = naming(reader.file(), [&] {
    return version_1 ? binding.check_version_1(data) : binding.check(data, metadata(reader, "config"));
  });
  for (std::string& notice : notices) notice = concat(reader.file(), ": ", notice);
  return notices;
}

void check_counts(const std::string& name, std::span<const std::int64_t> counts, std::int64_t most) {
  for (const std::int64_t count : counts)
    require<FormatError>(0 <= count && count <= most, "tensor ", name, ": expected counts from 0 to ", most, ", got ",
                         count);
}

template <class T>
void check_numbers(const std::string& name, std::span<const T> numbers) {
  const bool of_optimizer = name.starts_with("optimizer.");  // whose sums of squares may have become infinite
  const bool square = std::ranges::any_of(kSquares, [&](const char* begin) { return name.starts_with(begin); });
  for (const T number : numbers) {
    const bool good = of_optimizer ? !std::isnan(number) : std::isfinite(number);
    require<FormatError>(good && (!square || number >= 0), "tensor ", name, " holds ", number);
  }
}

/// Refuses a tensor with numbers that no run has.
void check_values(const std::string& name, const Tensor& values, const TrainState& state) {
  if (values.dtype() == DType::I64)
    check_counts(name, values.span<std::int64_t>(),
                 name == "optimizer.step" ? state.total_steps : std::numeric_limits<std::int64_t>::max());
  if (values.dtype() == DType::F32) check_numbers<float>(name, values.span<float>());
  if (values.dtype() == DType::F64) check_numbers<double>(name, values.span<double>());
}

}  // namespace

SafetensorsWriter checkpoint_of(const TrainState& state, const NamedTensors& tensors, const RunBinding& binding) {
  SafetensorsWriter writer;
  writer.add_metadata("format", kFormat);
  writer.add_metadata("format_version", kVersion);
  writer.add_metadata("data", binding.data());
  writer.add_metadata("config", binding.config());
  writer.add_metadata("state", to_json(state).dump());
  for (const auto& [name, tensor] : tensors) writer.add(name, tensor);
  return writer;
}

void save_checkpoint(const std::filesystem::path& path, const TrainState& state, const NamedTensors& tensors,
                     const RunBinding& binding) {
  checkpoint_of(state, tensors, binding).write(path);
}

LoadedCheckpoint load_checkpoint(const std::filesystem::path& path, const NamedTensors& tensors,
                                 const RunBinding& binding, const RunShape& run) {
  const SafetensorsReader reader(path);
  LoadedCheckpoint loaded;
  loaded.notices = check(reader, binding);
  naming(concat(reader.file(), ": state"), [&] {
    loaded.state = train_state(Json::parse(metadata(reader, "state")));
    check_state(loaded.state, run);
  });
  require<FormatError>(reader.names().size() == tensors.size(), reader.file(), ": expected ", tensors.size(),
                       " tensors, got ", reader.names().size());
  for (const auto& [name, tensor] : tensors) {
    reader.expect(name, tensor.dtype(), tensor.shape());
    reader.get_parts(name, [&, &of = name](std::int64_t, const Tensor& part) {
      naming(reader.file(), [&] { check_values(of, part, loaded.state); });
    });
  }
  for (const auto& [name, tensor] : tensors) nn::read_into(reader, name, tensor);
  return loaded;
}

void check_checkpoint(const std::filesystem::path& path, const data::Config& config) {
  const SafetensorsReader reader(path);
  if (!is_version_1(reader)) naming(reader.file(), [&] { check_config(config, metadata(reader, "config")); });
}

std::vector<std::string> check_checkpoint(const std::filesystem::path& path, const RunBinding& binding) {
  return check(SafetensorsReader(path), binding);
}

}  // namespace seqrec::train
