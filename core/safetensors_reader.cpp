#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <tuple>
#include <utility>

#include "core/safetensors.h"
#include "core/safetensors_checksums.h"
#include "core/shown.h"

namespace seqrec {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data are little-endian");

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;

struct FileDType {
  std::string_view name;
  std::size_t bytes;
  std::optional<DType> dtype;
};

constexpr FileDType kFileDTypes[] = {
    {"F32", 4, DType::F32},      {"F64", 8, DType::F64},   {"I32", 4, DType::I32},       {"I64", 8, DType::I64},
    {"U8", 1, DType::U8},        {"BOOL", 1, DType::Bool}, {"F16", 2, DType::F32},       {"BF16", 2, DType::F32},
    {"I8", 1, std::nullopt},     {"I16", 2, std::nullopt}, {"U16", 2, std::nullopt},     {"U32", 4, std::nullopt},
    {"U64", 8, std::nullopt},    {"C64", 8, std::nullopt}, {"F8_E4M3", 1, std::nullopt}, {"F8_E5M2", 1, std::nullopt},
    {"F8_E8M0", 1, std::nullopt}};

std::size_t as_size(const Json& value) {
  const std::int64_t size = value.as_int();
  require<FormatError>(std::in_range<std::size_t>(size), "expected a number from 0",
                       size < 0 ? "" : " that memory can have", ", got ", size);
  return static_cast<std::size_t>(size);
}

std::string in_quotes(std::string_view name) { return concat("\"", shown(name), "\""); }

}  // namespace

template <class... Args>
void SafetensorsReader::check(bool ok, const Args&... args) const {
  require<FormatError>(ok, file_, ": ", args...);
}

SafetensorsReader::SafetensorsReader(const std::filesystem::path& path) : file_(path.native()) {
  const auto content = std::make_shared<const FileContent>(path);
  owner_ = content;
  read_header({content->data(), content->size()});
}

SafetensorsReader::SafetensorsReader(std::span<const std::byte> bytes, std::string name,
                                     std::shared_ptr<const void> owner)
    : file_(std::move(name)), owner_(std::move(owner)) {
  read_header(bytes);
}

void SafetensorsReader::read_header(std::span<const std::byte> bytes) {
  check(bytes.size() >= kLengthBytes, "no safetensors file: it has only ", bytes.size(), " bytes");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  check(length <= kMaxHeader, "no safetensors file: its header would have ", length, " bytes");
  check(length <= bytes.size() - kLengthBytes, "the file is truncated: its header has ", length, " bytes, the file ",
        bytes.size());
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
  data_ = bytes.subspan(kLengthBytes + length);

  Json root;
  try {
    root = Json::parse(header);
  } catch (const FormatError& error) {
    check(false, "the header is no valid JSON: ", error.what());
  }
  check(root.is_object(), "the header must be a map, it is ", root.type_name());
  for (const auto& [name, value] : root.as_object()) {
    if (name == "__metadata__") {
      check(value.is_object(), "__metadata__ must be a map, it is ", value.type_name());
      for (const auto& [key, text] : value.as_object()) {
        check(text.is_string(), "__metadata__: ", in_quotes(key), " must be a string, it is ", text.type_name());
        metadata_.emplace(key, text.as_string());
      }
      continue;
    }
    try {
      entries_.emplace(name, read_entry(value)).first->second.place = names_.size();
    } catch (const FormatError& error) {
      check(false, "tensor ", in_quotes(name), ": ", error.what());
    }
    names_.push_back(name);
  }
  sort_and_check_layout();
  verify();
  find_scales();
}

SafetensorsReader::Entry SafetensorsReader::read_entry(const Json& value) {
  const std::string& type = value.at("dtype").as_string();
  const auto known =
      std::find_if(std::begin(kFileDTypes), std::end(kFileDTypes), [&](const FileDType& t) { return t.name == type; });
  require<FormatError>(known != std::end(kFileDTypes), "unknown dtype ", in_quotes(type));
  Entry entry{known->dtype, type, {}, 0, 0};

  const Json::Array& dims = value.at("shape").as_array();
  require<FormatError>(dims.size() <= kMaxRank, "at most ", kMaxRank, " dimensions are possible, got ", dims.size());
  for (const Json& dim : dims) entry.shape.push_back(static_cast<std::int64_t>(as_size(dim)));
  require<FormatError>(entry.shape.is_legal(), "shape ", entry.shape, " is too large");
  const std::size_t bytes = static_cast<std::size_t>(entry.shape.numel()) * known->bytes;

  const Json::Array& offsets = value.at("data_offsets").as_array();
  require<FormatError>(offsets.size() == 2, "data_offsets must be two numbers, got ", offsets.size());
  entry.begin = as_size(offsets[0]);
  entry.end = as_size(offsets[1]);
  require<FormatError>(entry.begin <= entry.end, "its data end at ", entry.end, " before they begin at ", entry.begin);
  require<FormatError>(entry.end - entry.begin == bytes, type, " of shape ", entry.shape, " needs ", bytes,
                       " bytes, data_offsets give ", entry.end - entry.begin);
  return entry;
}

void SafetensorsReader::sort_and_check_layout() {
  const auto range = [&](const std::string& name) {
    const Entry& entry = entries_.find(name)->second;
    return std::tuple(entry.begin, entry.end, entry.place);
  };
  std::sort(names_.begin(), names_.end(),
            [&](const std::string& a, const std::string& b) { return range(a) < range(b); });
  std::size_t expected = 0;
  for (const std::string& name : names_) {
    const auto [begin, end, place] = range(name);
    check(end <= data_.size(), "the file is truncated: tensor ", in_quotes(name), " ends at byte ", end,
          " of the data, there are ", data_.size());
    check(begin >= expected, "tensor ", in_quotes(name), " begins at byte ", begin,
          " of the data and overlaps the one before, which ends at ", expected);
    check(begin <= expected, "a hole in the data before tensor ", in_quotes(name), ": bytes ", expected, " to ", begin);
    expected = end;
  }
  check(expected == data_.size(), data_.size() - expected, " bytes are left over after the last tensor");
}

void SafetensorsReader::verify() {
  const auto of_tensors = metadata_.find(checksums::kTensors), of_metadata = metadata_.find(checksums::kMetadata);
  has_checksums_ = of_tensors != metadata_.end() || of_metadata != metadata_.end();
  if (!has_checksums_) return;
  check(of_tensors != metadata_.end() && of_metadata != metadata_.end(), "the metadata are damaged: expected both ",
        checksums::kTensors, " and ", checksums::kMetadata);
  const std::string got = checksums::of_metadata(metadata_);
  check(got == of_metadata->second, "the metadata are damaged: their CRC-32C is ", got, ", expected ",
        in_quotes(of_metadata->second));
  Json expected;
  try {
    expected = Json::parse(of_tensors->second);
  } catch (const FormatError& error) {
    check(false, checksums::kTensors, ": ", error.what());
  }
  check(expected.is_object() && expected.as_object().size() == entries_.size(), checksums::kTensors,
        ": expected a map of all ", entries_.size(), " tensors");
  for (const auto& [name, written] : expected.as_object()) {
    const auto found = entries_.find(name);
    check(found != entries_.end(), checksums::kTensors, ": there is no tensor ", in_quotes(name));
    const Entry& entry = found->second;
    const std::string now = checksums::of_tensor(entry.dtype_name, entry.shape, bytes_of(entry));
    check(written == Json(now), "tensor ", in_quotes(name), " is damaged: type, shape and CRC-32C are ", now,
          ", expected ", written.dump());
  }
  metadata_.erase(of_tensors);
  metadata_.erase(of_metadata);
}

bool SafetensorsReader::contains(std::string_view name) const { return entries_.contains(name); }

/// An I8 tensor is f32 by the scales of its rows, which are no tensor of their own then.
void SafetensorsReader::find_scales() {
  std::set<std::string_view> scales_of_rows;
  for (auto& [name, entry] : entries_) {
    const auto scales = entries_.find(name + ".scale");
    if (entry.dtype_name != "I8" || scales == entries_.end() || scales->second.dtype_name != "F32") continue;
    const Shape& of_rows = scales->second.shape;
    if (entry.shape.rank() == 0 || of_rows.rank() != 1 || of_rows[0] != entry.shape[0]) continue;
    entry.dtype = DType::F32;
    entry.has_scales = true;
    scales_of_rows.insert(scales->first);
  }
  std::erase_if(names_, [&](const std::string& name) { return scales_of_rows.contains(name); });
}

const SafetensorsReader::Entry& SafetensorsReader::entry(std::string_view name) const {
  const auto found = entries_.find(name);
  check(found != entries_.end(), "there is no tensor ", in_quotes(name));
  check(found->second.dtype.has_value(), "tensor ", in_quotes(name), ": dtype ", found->second.dtype_name,
        " is not supported", found->second.dtype_name == "I8" ? " without a scale for each row" : "");
  return found->second;
}

const Shape& SafetensorsReader::shape(std::string_view name) const { return entry(name).shape; }
DType SafetensorsReader::dtype(std::string_view name) const { return *entry(name).dtype; }
const std::string& SafetensorsReader::stored_dtype(std::string_view name) const { return entry(name).dtype_name; }

Tensor SafetensorsReader::widened(std::string_view name, const Entry& entry) const {
  std::vector<float> scales;
  if (entry.has_scales) {
    const std::span<const std::byte> stored = bytes_of(entries_.at(concat(name, ".scale")));
    scales.resize(stored.size() / sizeof(float));
    if (!stored.empty()) std::memcpy(scales.data(), stored.data(), stored.size());
  }
  return widen(*stored_type(entry.dtype_name), entry.shape, bytes_of(entry), scales);
}

Tensor SafetensorsReader::get(std::string_view name) const {
  const Entry& found = entry(name);
  const std::span<const std::byte> bytes = bytes_of(found);
  if (found.dtype == DType::F32 && found.dtype_name != "F32") return widened(name, found);
  if (found.dtype == DType::Bool) {
    const bool clean = std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b <= std::byte{1}; });
    check(clean, "tensor ", in_quotes(name), ": a BOOL is neither 0 nor 1");
  }
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % size_of(*found.dtype) == 0) {
    return Tensor::wrap(const_cast<std::byte*>(bytes.data()), found.shape, *found.dtype, owner_);
  }
  Tensor copy(found.shape, *found.dtype);
  if (!bytes.empty()) std::memcpy(copy.raw(), bytes.data(), bytes.size());
  return copy;
}

Tensor SafetensorsReader::get(std::string_view name, DType dtype, const Shape& shape) const {
  Tensor tensor = get(name);
  check(tensor.dtype() == dtype, "tensor ", in_quotes(name), ": expected ", dtype, ", got ", tensor.dtype());
  const bool fits =
      std::equal(shape.begin(), shape.end(), tensor.shape().begin(), tensor.shape().end(),
                 [](std::int64_t expected, std::int64_t got) { return expected == -1 || expected == got; });
  check(fits, "tensor ", in_quotes(name), ": expected shape ", shape, ", got ", tensor.shape());
  return tensor;
}

std::string no_checksums_notice(const std::string& file) {
  return file + " has no checksums (an older seqrec wrote it): damage can't be noticed";
}

}  // namespace seqrec
