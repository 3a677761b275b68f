#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "seqrec.h"

namespace torture {

/// What sequences of calls are made with: model files that know the users u1 .. u`users` and the items i1 .. i`items`,
/// and the histories file that belongs to all of them.
struct Material {
  std::vector<std::string> model_files;
  std::string histories_file;
  int users, items;
};

/// The bytes of a file. std::runtime_error if there are none.
std::vector<char> content(const std::string& file);

/// Makes calls of the C interface in any order with any arguments, as `bytes` say, and compares each result with what
/// seqrec.h promises. Throws std::runtime_error with the first one that is wrong.
void play(const Material& material, const std::uint8_t* bytes, std::size_t size);

}  // namespace torture
