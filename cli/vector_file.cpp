#include "cli/vector_file.h"

#include <charconv>
#include <cstdint>
#include <span>

#include "cli/csv.h"
#include "core/error.h"
#include "core/file.h"
#include "core/output_file.h"
#include "core/safetensors.h"
#include "core/shown.h"

namespace seqrec::cli {
namespace {

namespace fs = std::filesystem;

/// The header of https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html, version 1.0.
std::string npy_header(std::int64_t rows, std::int64_t width) {
  std::string dictionary = concat("{'descr': '<f4', 'fortran_order': False, 'shape': (", rows, ", ", width, "), }");
  constexpr std::size_t kBefore = 10, kAlignment = 64;
  const std::size_t bytes = kBefore + dictionary.size() + 1;
  dictionary += std::string((kAlignment - bytes % kAlignment) % kAlignment, ' ') + "\n";
  const auto size = static_cast<std::uint16_t>(dictionary.size());
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(size & 0xFF) + static_cast<char>(size >> 8) +
         dictionary;
}

void write_npy(const fs::path& path, const NamedVectors& vectors) {
  std::string tokens;
  for (const std::string_view token : vectors.tokens) {
    require<DataError>(token.find('\n') == token.npos, "the token \"", shown(token),
                       "\" holds the end of a line: write .safetensors or .csv");
    tokens += concat(token, "\n");
  }
  write_text(fs::path(path).replace_extension("tokens.txt"), tokens);
  OutputFile file(path);
  file.write(npy_header(vectors.values.size(0), vectors.values.size(1)));
  const std::span<const float> values = vectors.values.span<float>();
  file.write(values.data(), values.size_bytes());
  file.commit();
}

void write_safetensors(const fs::path& path, const NamedVectors& vectors) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::int64_t> offsets = {0};
  for (const std::string_view token : vectors.tokens) {
    bytes.insert(bytes.end(), token.begin(), token.end());
    offsets.push_back(std::ssize(bytes));
  }
  SafetensorsWriter writer;
  writer.add_metadata("format", "seqrec.vectors");
  writer.add_metadata("format_version", "1");
  writer.add_metadata("of", vectors.of);
  writer.add_metadata("model", vectors.model);
  writer.add("vectors", vectors.values);
  writer.add("tokens.bytes", Tensor::from(bytes, {std::ssize(bytes)}));
  writer.add("tokens.offsets", Tensor::from(offsets, {std::ssize(offsets)}));
  writer.write(path);
}

void write_csv(const fs::path& path, const NamedVectors& vectors) {
  OutputFile file(path);
  std::string text = "token";
  const std::int64_t width = vectors.values.size(1);
  for (std::int64_t i = 0; i < width; ++i) text += concat(",v", i);
  text += '\n';
  const std::span<const float> values = vectors.values.span<float>();
  for (std::size_t row = 0; row < vectors.tokens.size(); ++row) {
    text += csv_field(vectors.tokens[row]);
    for (const float value : values.subspan(row * static_cast<std::size_t>(width), static_cast<std::size_t>(width))) {
      char digits[32];
      text += ',';
      text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    }
    text += '\n';
    if (text.size() < (1 << 20)) continue;
    file.write(text);
    text.clear();
  }
  file.write(text);
  file.commit();
}

}  // namespace

void check_vector_file(const fs::path& path) {
  const std::string ending = path.extension().string();
  require<UsageError>(ending == ".npy" || ending == ".safetensors" || ending == ".csv", "--out: got ", path.string(),
                      ", expected a file that ends in .npy, .safetensors or .csv");
}

void write_vectors(const fs::path& path, const NamedVectors& vectors) {
  check_vector_file(path);
  const std::string ending = path.extension().string();
  if (ending == ".npy") return write_npy(path, vectors);
  if (ending == ".csv") return write_csv(path, vectors);
  write_safetensors(path, vectors);
}

}  // namespace seqrec::cli
