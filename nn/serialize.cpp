#include "nn/serialize.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/shown.h"
#include "kernels/copy.h"
#include "kernels/reduce.h"

namespace seqrec::nn {
namespace {

bool same_kind(DType a, DType b) { return a == b || (is_float(a) && is_float(b)); }

bool is_finite(const Tensor& tensor) { return !is_float(tensor.dtype()) || kernels::all_finite(tensor); }

}  // namespace

void save(const NamedTensors& state, const std::filesystem::path& path) {
  SafetensorsWriter writer;
  add_state(writer, state, path);
  writer.write(path);
}

void load(const NamedTensors& state, const std::filesystem::path& path) { load_state(SafetensorsReader(path), state); }

void add_state(SafetensorsWriter& writer, const NamedTensors& state, const std::filesystem::path& path) {
  for (const auto& [name, tensor] : state) {
    require<NumericError>(is_finite(tensor), "parameter ", name, " holds a NaN or an infinity; ", path.string(),
                          " is not written");
    writer.add(name, kernels::contiguous(tensor));
  }
}

void load_state(const SafetensorsReader& reader, const NamedTensors& state, const std::vector<std::string>& other) {
  const auto check = [&](bool ok, const auto&... what) { require<FormatError>(ok, reader.file(), ": ", what...); };
  std::set<std::string> known;
  for (const auto& [name, tensor] : state) known.insert(name);
  for (const std::string& name : reader.names()) {
    const auto begins = [&](const std::string& prefix) { return name.starts_with(prefix); };
    check(known.contains(name) || std::ranges::any_of(other, begins), "tensor ", shown(Json(name).dump()),
          " is no parameter of the model");
  }
  for (const auto& [name, tensor] : state) check_tensor(reader, name, tensor.dtype(), tensor.shape());
  for (const auto& [name, tensor] : state) {
    read_into(reader, name, tensor);
    check(is_finite(tensor), "parameter ", name, " holds a NaN or an infinity");
  }
}

void read_into(const SafetensorsReader& reader, const std::string& name, const Tensor& tensor) {
  reader.get_parts(name, [&](std::int64_t begin, const Tensor& rows) {
    Tensor place = rows.rank() == 0 ? tensor : tensor.slice(0, begin, begin + rows.size(0));
    kernels::copy(kernels::to_device(rows, tensor.device()), place);
  });
}

void check_tensor(const SafetensorsReader& reader, const std::string& name, DType dtype, const Shape& shape) {
  const auto check = [&](bool ok, const auto&... what) {
    require<FormatError>(ok, reader.file(), ": parameter ", name, what...);
  };
  check(reader.contains(name), " is missing: expected ", dtype, " ", shape);
  check(reader.shape(name) == shape, ": expected shape ", shape, ", got ", reader.shape(name));
  check(same_kind(reader.dtype(name), dtype), ": expected ", dtype, ", got ", reader.dtype(name));
}

}  // namespace seqrec::nn
