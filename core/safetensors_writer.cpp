#include <algorithm>
#include <numeric>

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

std::string checksum_of(const Tensor& tensor) {
  return checksums::of_tensor(file_name_of(tensor.dtype()), tensor.shape(),
                              {static_cast<const std::byte*>(tensor.raw()), bytes_of(tensor)});
}

}  // namespace

void SafetensorsWriter::add(std::string name, const Tensor& tensor) {
  require<UsageError>(tensor.defined(), "[safetensors] tensor \"", name, "\" is undefined");
  require<UsageError>(tensor.is_contiguous(), "[safetensors] tensor \"", name, "\" is not contiguous");
  const bool taken = name == "__metadata__" || std::any_of(tensors_.begin(), tensors_.end(),
                                                           [&](const auto& other) { return other.first == name; });
  require<UsageError>(!taken, "[safetensors] the name \"", name, "\" is taken");
  Tensor kept = tensor;
  if (tensor.device() != kCpu) {
    kept = Tensor(tensor.shape(), tensor.dtype());
    memory(tensor.device()).copy_to_host(kept.raw(), tensor.raw(), bytes_of(tensor));
  }
  tensors_.emplace_back(std::move(name), std::move(kept));
}

void SafetensorsWriter::add_metadata(std::string key, std::string value) {
  metadata_.insert_or_assign(std::move(key), std::move(value));
}

void SafetensorsWriter::write(const std::filesystem::path& path) const {
  std::vector<std::size_t> order(tensors_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return size_of(tensors_[a].second.dtype()) > size_of(tensors_[b].second.dtype());
  });
  std::vector<std::size_t> begin(tensors_.size());
  std::size_t end = 0;
  for (const std::size_t i : order) {
    begin[i] = end;
    end += bytes_of(tensors_[i].second);
  }

  std::map<std::string, std::string> metadata = metadata_;
  Json::Object of_tensors;
  for (const auto& [name, tensor] : tensors_) of_tensors.emplace_back(name, checksum_of(tensor));
  metadata.insert_or_assign(checksums::kTensors, Json(std::move(of_tensors)).dump());
  metadata.insert_or_assign(checksums::kMetadata, checksums::of_metadata(metadata));

  Json::Object header;
  header.emplace_back("__metadata__", Json::Object(metadata.begin(), metadata.end()));
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const auto& [name, tensor] = tensors_[i];
    Json::Array shape(tensor.shape().begin(), tensor.shape().end());
    Json::Array offsets{std::uint64_t{begin[i]}, std::uint64_t{begin[i]} + bytes_of(tensor)};
    header.emplace_back(name, Json::Object{{"dtype", file_name_of(tensor.dtype())},
                                           {"shape", std::move(shape)},
                                           {"data_offsets", std::move(offsets)}});
  }
  std::string text = Json(std::move(header)).dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data are aligned to 8 bytes
  const std::uint64_t length = text.size();

  OutputFile file(path);
  file.write(&length, sizeof length);
  file.write(text);
  for (const std::size_t i : order) file.write(tensors_[i].second.raw(), bytes_of(tensors_[i].second));
  file.commit();
}

}  // namespace seqrec
