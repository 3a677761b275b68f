#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/file.h"
#include "core/json.h"
#include "core/shared_array.h"
#include "core/stored_table.h"
#include "core/tensor.h"

namespace seqrec {

/// Reads the safetensors format (8 bytes little-endian header length, JSON header, data). It is hostile input;
/// everything is checked before a byte is used: header length (at most 100 MB and within the file), JSON, dtypes,
/// shapes without overflow, offsets in bounds that match shape and dtype, no overlap, no hole, no byte left over; then
/// the checksums, if it has any (core/safetensors_checksums.h), so that damage is noticed before a value is used.
/// FormatError names the file and the tensor.
///
/// A file stays open and is never in memory as a whole: its data are read once for the checksums and again where they
/// are asked for. IoError for one that was written in place meanwhile (core/file.h).
class SafetensorsReader {
 public:
  explicit SafetensorsReader(const std::filesystem::path& path);
  /// From memory, which must outlive the reader and its tensors unless `owner` keeps it alive; `name` stands in errors.
  SafetensorsReader(std::span<const std::byte> bytes, std::string name, std::shared_ptr<const void> owner = nullptr);

  /// Names in the file, in the order of their data; without the scales of I8 tensors.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(std::string_view name) const;
  /// Of a file a tensor of its own, of memory a read-only view (a copy where that holds it unaligned). Tensors that are
  /// F16 or BF16, or I8 with a scale for each row (F32 [rows], called NAME.scale), are widened to f32
  /// (core/stored_table.h). FormatError if there is no such tensor, its dtype is none of these and F32, F64, I32, I64,
  /// U8, BOOL, or a BOOL is neither 0 nor 1.
  Tensor get(std::string_view name) const;
  /// The same, checked for dtype and shape (-1: any size).
  Tensor get(std::string_view name, DType dtype, const Shape& shape) const;
  /// What `get` gives in parts: f(begin, rows [begin, begin + rows.size(0)) of it) in order, about a megabyte each, so
  /// that a large tensor needs no second place. Of a scalar f(0, it).
  void get_parts(std::string_view name, const std::function<void(std::int64_t begin, const Tensor& rows)>& f) const;
  /// FormatError unless `get` has this dtype and shape (-1: any size) to give.
  void expect(std::string_view name, DType dtype, const Shape& shape) const;
  /// What `get` gives, without reading it. FormatError likewise.
  const Shape& shape(std::string_view name) const;
  DType dtype(std::string_view name) const;
  /// The dtype that it has in the file: "F32", "BF16".
  const std::string& stored_dtype(std::string_view name) const;
  /// The `__metadata__` of the header, without the checksums.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Whether there were checksums, which hold then.
  bool has_checksums() const { return has_checksums_; }
  const std::string& file() const { return file_; }

 private:
  struct Entry {
    std::optional<DType> dtype;  // that `get` gives; none: the format knows it, but a Tensor does not (U16, ...)
    std::string dtype_name;
    Shape shape;
    std::size_t begin;
    std::size_t end;
    std::size_t place = 0;    // in the header
    bool has_scales = false;  // of its rows, in a tensor beside it
  };
  void read_header();
  static Entry read_entry(const Json& value);
  void sort_and_check_layout();
  void verify();
  void find_scales();
  const Entry& entry(std::string_view name) const;
  std::uint32_t checksum_of(const Entry& entry) const;
  void read(std::size_t begin, std::span<std::byte> into) const;  // from the whole
  Tensor part(std::string_view name, const Entry& entry, const Shape& shape, std::size_t begin) const;
  Tensor widened(std::string_view name, const Entry& entry, const Shape& shape, std::size_t begin) const;
  template <class... Args>
  void check(bool ok, const Args&... args) const;  // FormatError "FILE: ..."

  std::string file_;
  std::shared_ptr<const RegularFile> source_;  // or, if there is none:
  std::span<const std::byte> memory_;
  std::shared_ptr<const void> owner_;  // of that
  std::size_t size_ = 0, data_ = 0;    // of the whole; where the data begin in it
  std::vector<std::string> names_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, std::string> metadata_;
  bool has_checksums_ = false;
};

/// The line for a user whose file has no checksums although seqrec wrote it.
std::string no_checksums_notice(const std::string& file);

/// Collects tensors and writes them as one safetensors file, atomically (see OutputFile). The bytes depend on what was
/// added alone: the header is in the order of addition, the data by falling element size (and in that order within a
/// size), so that every tensor is aligned although the format allows no hole. Checksums are added to the metadata.
class SafetensorsWriter {
 public:
  /// A contiguous tensor (kept, not copied, when on the CPU). UsageError if the name is taken or "__metadata__".
  void add(std::string name, const Tensor& tensor);
  /// [size] numbers, kept and not copied.
  template <class T>
  void add(std::string name, const SharedArray<T>& values) {
    add(std::move(name), Tensor::wrap(const_cast<T*>(values.data()), {static_cast<std::int64_t>(values.size())},
                                      dtype_of<T>, values.owner()));
  }
  /// A narrowed table, with its scales if it has any: the reader gives what widen() does.
  void add(std::string name, const StoredTable& table);
  void add_metadata(std::string key, std::string value);
  void write(const std::filesystem::path& path) const;

 private:
  struct Entry {
    std::string name;
    const char* dtype;
    std::size_t element;  // bytes of one
    Shape shape;
    Tensor data;
  };
  void add(Entry entry);

  std::vector<Entry> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace seqrec
