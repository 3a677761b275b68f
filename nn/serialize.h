#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "nn/module.h"

namespace seqrec::nn {

/// The state of any module (Module::state) or optimiser (optim::Optimizer::state) in a safetensors file, as Python's
/// safetensors reads and writes it too:
///
///     nn::save(net, "net.safetensors");
///     nn::load(net, "net.safetensors");

/// Writes named tensors as one step: a crash leaves the old file. NumericError for one that is not finite, UsageError
/// for a name that stands twice.
void save(const NamedTensors& state, const std::filesystem::path& path);
/// Reads them into tensors that are there. The file is hostile input (core/safetensors.h); FormatError, naming file and
/// tensor, if one is missing, left over, of another shape or kind, or not finite. Values of another float type are
/// converted. Nothing is changed unless names, shapes and kinds all fit.
void load(const NamedTensors& state, const std::filesystem::path& path);

inline void save(const Module& module, const std::filesystem::path& path) { save(module.state(), path); }
inline void load(Module& module, const std::filesystem::path& path) { load(module.state(), path); }

/// The same for a file that holds more: its path for errors; the begins of other tensors' names.
void add_state(SafetensorsWriter& writer, const NamedTensors& state, const std::filesystem::path& path);
void load_state(const SafetensorsReader& reader, const NamedTensors& state, const std::vector<std::string>& other = {});
/// Reads one tensor into another of its shape, of any float type and on any device, without a second place for the
/// whole (SafetensorsReader::get_parts, whose errors it has).
void read_into(const SafetensorsReader& reader, const std::string& name, const Tensor& tensor);
/// What load_state asks of one tensor, before it is made.
void check_tensor(const SafetensorsReader& reader, const std::string& name, DType dtype, const Shape& shape);

}  // namespace seqrec::nn
