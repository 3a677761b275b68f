#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "data/prepared.h"

namespace seqrec::data {

/// The file that keeps a dataset as it is before its split (docs/formats.md): data_path/NAME/NAME.prepared.safetensors.
/// Where it is there, prepare() reads it in place of the atomic files, mapped. ConfigError if there is no name.
std::filesystem::path prepared_path(const Config& config);

/// Writes it as FOLDER/NAME/NAME.prepared.safetensors, which becomes the path to return. `needs` are what it was
/// prepared for. IoError if it can't be written, UsageError if its arrays don't fit together.
std::filesystem::path save_prepared(const Prepared& prepared, const Config& config, const BatchNeeds& needs,
                                    const std::filesystem::path& folder);

/// Maps a file and checks all of it before any is used. FormatError naming the file for what is damaged or doesn't fit
/// together, DataError if an atomic file beside it is another one than it was made of or none of those, ConfigError
/// naming both values for keys that are settled in it and differ.
Prepared load_prepared(const std::filesystem::path& path, const Config& config, const BatchNeeds& needs);

/// The same from memory, without the configuration: whatever the bytes, what is consistent or a FormatError.
Prepared parse_prepared(std::span<const std::byte> bytes, const std::string& name, std::shared_ptr<const void> owner);

/// The keys that are settled when data are prepared: others may change from run to run.
std::span<const char* const> settled_keys();

}  // namespace seqrec::data
