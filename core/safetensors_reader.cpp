#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <tuple>
#include <utility>

#include "core/crc32c.h"
#include "core/safetensors.h"
#include "core/safetensors_checksums.h"
#include "core/shown.h"

namespace seqrec {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data are little-endian");

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;
constexpr std::size_t kPartBytes = std::size_t{1} << 20;  // of the data, in memory at once

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

SafetensorsReader::SafetensorsReader(const std::filesystem::path& path)
    : file_(path.native()), source_(std::make_shared<const RegularFile>(path)), size_(source_->size()) {
  read_header();
}

SafetensorsReader::SafetensorsReader(std::span<const std::byte> bytes, std::string name,
                                     std::shared_ptr<const void> owner)
    : file_(std::move(name)), memory_(bytes), owner_(std::move(owner)), size_(bytes.size()) {
  read_header();
}

void SafetensorsReader::read(std::size_t begin, std::span<std::byte> into) const {
  if (source_) return source_->read(begin, into);
  if (!into.empty()) std::memcpy(into.data(), memory_.data() + begin, into.size());
}

void SafetensorsReader::read_header() {
  check(size_ >= kLengthBytes, "no safetensors file: it has only ", size_, " bytes");
  std::uint64_t length = 0;
  read(0, std::as_writable_bytes(std::span(&length, 1)));
  check(length <= kMaxHeader, "no safetensors file: its header would have ", length, " bytes");
  check(length <= size_ - kLengthBytes, "the file is truncated: its header has ", length, " bytes, the file ", size_);
  std::string header(length, '\0');
  read(kLengthBytes, std::as_writable_bytes(std::span(header)));
  data_ = kLengthBytes + length;

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
  const std::size_t size = size_ - data_;
  const auto range = [&](const std::string& name) {
    const Entry& entry = entries_.find(name)->second;
    return std::tuple(entry.begin, entry.end, entry.place);
  };
  std::sort(names_.begin(), names_.end(),
            [&](const std::string& a, const std::string& b) { return range(a) < range(b); });
  std::size_t expected = 0;
  for (const std::string& name : names_) {
    const auto [begin, end, place] = range(name);
    check(end <= size, "the file is truncated: tensor ", in_quotes(name), " ends at byte ", end,
          " of the data, there are ", size);
    check(begin >= expected, "tensor ", in_quotes(name), " begins at byte ", begin,
          " of the data and overlaps the one before, which ends at ", expected);
    check(begin <= expected, "a hole in the data before tensor ", in_quotes(name), ": bytes ", expected, " to ", begin);
    expected = end;
  }
  check(expected == size, size - expected, " bytes are left over after the last tensor");
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
    const std::string now = checksums::of_tensor(entry.dtype_name, entry.shape, checksum_of(entry));
    check(written == Json(now), "tensor ", in_quotes(name), " is damaged: type, shape and CRC-32C are ", now,
          ", expected ", written.dump());
  }
  metadata_.erase(of_tensors);
  metadata_.erase(of_metadata);
}

std::uint32_t SafetensorsReader::checksum_of(const Entry& entry) const {
  if (!source_) return crc32c(memory_.subspan(data_ + entry.begin, entry.end - entry.begin));
  std::vector<std::byte> buffer(std::min(kPartBytes, entry.end - entry.begin));
  std::uint32_t crc = 0;
  for (std::size_t begin = entry.begin; begin < entry.end; begin += buffer.size()) {
    const std::span part(buffer.data(), std::min(buffer.size(), entry.end - begin));
    read(data_ + begin, part);
    crc = crc32c(part, crc);
  }
  return crc;
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

/// As `part`.
Tensor SafetensorsReader::widened(std::string_view name, const Entry& entry, const Shape& shape,
                                  std::size_t begin) const {
  const StoredType type = *stored_type(entry.dtype_name);
  std::vector<float> scales;
  if (entry.has_scales && entry.begin < entry.end) {
    const std::size_t row = begin / ((entry.end - entry.begin) / static_cast<std::size_t>(entry.shape[0]));
    scales.resize(static_cast<std::size_t>(shape[0]));
    read(data_ + entries_.at(concat(name, ".scale")).begin + row * sizeof(float),
         std::as_writable_bytes(std::span(scales)));
  }
  std::vector<std::byte> stored(static_cast<std::size_t>(shape.numel()) * size_of(type));
  read(data_ + entry.begin + begin, stored);
  return widen(type, shape, stored, scales);
}

/// So much of a tensor, from a byte of it on, where a row begins.
Tensor SafetensorsReader::part(std::string_view name, const Entry& entry, const Shape& shape, std::size_t begin) const {
  if (entry.dtype == DType::F32 && entry.dtype_name != "F32") return widened(name, entry, shape, begin);
  const std::size_t place = data_ + entry.begin + begin;
  const bool in_place =
      !source_ && reinterpret_cast<std::uintptr_t>(memory_.data() + place) % size_of(*entry.dtype) == 0;
  Tensor out = in_place ? Tensor::wrap(const_cast<std::byte*>(memory_.data() + place), shape, *entry.dtype, owner_)
                        : Tensor(shape, *entry.dtype);
  const std::span bytes(static_cast<std::byte*>(out.raw()),
                        static_cast<std::size_t>(shape.numel()) * size_of(*entry.dtype));
  if (!in_place) read(place, bytes);
  if (entry.dtype == DType::Bool) {
    const bool clean = std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b <= std::byte{1}; });
    check(clean, "tensor ", in_quotes(name), ": a BOOL is neither 0 nor 1");
  }
  return out;
}

Tensor SafetensorsReader::get(std::string_view name) const {
  const Entry& found = entry(name);
  return part(name, found, found.shape, 0);
}

Tensor SafetensorsReader::get(std::string_view name, DType dtype, const Shape& shape) const {
  expect(name, dtype, shape);
  return get(name);
}

void SafetensorsReader::get_parts(std::string_view name,
                                  const std::function<void(std::int64_t begin, const Tensor& rows)>& f) const {
  const Entry& found = entry(name);
  if (found.shape.rank() == 0) return f(0, get(name));
  const std::int64_t rows = found.shape[0];
  if (found.begin == found.end) return;
  const std::size_t row_bytes = (found.end - found.begin) / static_cast<std::size_t>(rows);
  const auto most = static_cast<std::int64_t>(std::max<std::size_t>(1, kPartBytes / row_bytes));
  Shape shape = found.shape;
  for (std::int64_t begin = 0; begin < rows; begin += most) {
    shape[0] = std::min(most, rows - begin);
    f(begin, part(name, found, shape, static_cast<std::size_t>(begin) * row_bytes));
  }
}

void SafetensorsReader::expect(std::string_view name, DType dtype, const Shape& shape) const {
  const Entry& found = entry(name);
  check(found.dtype == dtype, "tensor ", in_quotes(name), ": expected ", dtype, ", got ", *found.dtype);
  const bool fits =
      std::equal(shape.begin(), shape.end(), found.shape.begin(), found.shape.end(),
                 [](std::int64_t expected, std::int64_t got) { return expected == -1 || expected == got; });
  check(fits, "tensor ", in_quotes(name), ": expected shape ", shape, ", got ", found.shape);
}

std::string no_checksums_notice(const std::string& file) {
  return file + " has no checksums (an older seqrec wrote it): damage can't be noticed";
}

}  // namespace seqrec
