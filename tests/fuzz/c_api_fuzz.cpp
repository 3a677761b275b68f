#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/torture/call_sequence.h"

namespace {

/// The seeds of model_fuzz: 2 users and 2 items.
torture::Material seeds() {
  torture::Material material{{}, MODELS "histories.safetensors", 2, 2};
  for (const char* model : {"SHAN", "Caser", "SRGNN", "DIEN", "S3Rec", "Pop", "Markov", "ItemKNN"})
    material.model_files.push_back(std::string(MODELS) + model + ".safetensors");
  return material;
}

}  // namespace

/// Whatever is called in whatever order with whatever arguments: what seqrec.h says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const torture::Material kMaterial = seeds();
  try {
    torture::play(kMaterial, data, size);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    std::abort();
  }
  return 0;
}
