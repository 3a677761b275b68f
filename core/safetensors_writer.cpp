#include <algorithm>
#include <numeric>

#include "core/crc32c.h"
#include "core/output_file.h"
#include "core/safetensors.h"
#include "core/safetensors_checksums.h"

namespace seqrec {
namespace {

constexpr const char* kFileNames[] = {"F32", "F64", "I32", "I64", "U8", "BOOL"};

const char* file_name_of(DType dtype) { return kFileNames[static_cast<int>(dtype)]; }

std::size_t bytes_of(const Tensor& tensor) {
  return static_cast<std::size_t>(tensor.numel()) * size_of(tensor.dtype());
}

}  // namespace

void SafetensorsWriter::add(std::string name, const Tensor& tensor) {
  require<UsageError>(tensor.defined(), "[safetensors] tensor \"", name, "\" is undefined");
  require<UsageError>(tensor.is_contiguous(), "[safetensors] tensor \"", name, "\" is not contiguous");
  Tensor kept = tensor;
  if (tensor.device() != kCpu) {
    kept = Tensor(tensor.shape(), tensor.dtype());
    memory(tensor.device()).copy_to_host(kept.raw(), tensor.raw(), bytes_of(tensor));
  }
  add({std::move(name), file_name_of(tensor.dtype()), size_of(tensor.dtype()), tensor.shape(), std::move(kept)});
}

void SafetensorsWriter::add(std::string name, const StoredTable& table) {
  if (table.scales.defined()) add(name + ".scale", table.scales);
  add({std::move(name), file_name_of(table.type), size_of(table.type), table.shape, table.bytes});
}

void SafetensorsWriter::add(Entry entry) {
  const bool taken =
      entry.name == "__metadata__" || std::ranges::find(tensors_, entry.name, &Entry::name) != tensors_.end();
  require<UsageError>(!taken, "[safetensors] the name \"", entry.name, "\" is taken");
  tensors_.push_back(std::move(entry));
}

void SafetensorsWriter::add_metadata(std::string key, std::string value) {
  metadata_.insert_or_assign(std::move(key), std::move(value));
}

void SafetensorsWriter::write(const std::filesystem::path& path) const {
  std::vector<std::size_t> order(tensors_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return tensors_[a].element > tensors_[b].element; });
  std::vector<std::size_t> begin(tensors_.size());
  std::size_t end = 0;
  for (const std::size_t i : order) {
    begin[i] = end;
    end += bytes_of(tensors_[i].data);
  }

  std::map<std::string, std::string> metadata = metadata_;
  Json::Object of_tensors;
  for (const Entry& entry : tensors_) {
    const std::span bytes(static_cast<const std::byte*>(entry.data.raw()), bytes_of(entry.data));
    of_tensors.emplace_back(entry.name, checksums::of_tensor(entry.dtype, entry.shape, crc32c(bytes)));
  }
  metadata.insert_or_assign(checksums::kTensors, Json(std::move(of_tensors)).dump());
  metadata.insert_or_assign(checksums::kMetadata, checksums::of_metadata(metadata));

  Json::Object header;
  header.emplace_back("__metadata__", Json::Object(metadata.begin(), metadata.end()));
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const Entry& entry = tensors_[i];
    Json::Array shape(entry.shape.begin(), entry.shape.end());
    Json::Array offsets{std::uint64_t{begin[i]}, std::uint64_t{begin[i]} + bytes_of(entry.data)};
    header.emplace_back(
        entry.name,
        Json::Object{{"dtype", entry.dtype}, {"shape", std::move(shape)}, {"data_offsets", std::move(offsets)}});
  }
  std::string text = Json(std::move(header)).dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data are aligned to 8 bytes
  const std::uint64_t length = text.size();

  OutputFile file(path);
  file.write(&length, sizeof length);
  file.write(text);
  for (const std::size_t i : order) file.write(tensors_[i].data.raw(), bytes_of(tensors_[i].data));
  file.commit();
}

}  // namespace seqrec
