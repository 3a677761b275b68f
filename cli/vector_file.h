#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor.h"

namespace seqrec::cli {

/// Vectors and whose they are.
struct NamedVectors {
  std::string of;                        ///< "items", "users", "sessions"
  std::string model;                     ///< its name
  std::vector<std::string_view> tokens;  ///< one for each row
  Tensor values;                         ///< f32 [tokens, width], on the CPU
};

/// Writes them as the file's ending says, each file as one step:
/// - .npy: NumPy's array, and beside it NAME.tokens.txt, a token a line in the order of the rows;
/// - .safetensors: `vectors`, the tokens as a vocabulary has them (docs/formats.md) and whose they are;
/// - .csv: a line for each, the token first.
/// UsageError for another ending, DataError for a token that holds the end of a line, where the file can't tell.
void write_vectors(const std::filesystem::path& path, const NamedVectors& vectors);
/// UsageError unless write_vectors takes this ending.
void check_vector_file(const std::filesystem::path& path);

}  // namespace seqrec::cli
