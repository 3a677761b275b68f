#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>

#include "core/safetensors.h"
#include "core/vocabulary.h"

namespace {

/// Reads every byte of a tensor, so that one outside of the file is seen by the sanitizer.
int touch(const seqrec::Tensor& tensor) {
  return seqrec::visit_any(tensor.dtype(), [&](auto type) {
    const auto values = tensor.span<decltype(type)>();
    return static_cast<int>(std::accumulate(values.begin(), values.end(), 0, [](int sum, auto value) {
      return sum ^ (value == decltype(value){} ? 0 : 1);
    }));
  });
}

}  // namespace

/// Whatever the bytes: tensors within them, vocabularies that are consistent, or a FormatError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seqrec;
  try {
    const SafetensorsReader reader(std::as_bytes(std::span(data, size)), "fuzz");
    volatile int sum = 0;
    for (const std::string& name : reader.names()) {
      try {
        sum = sum + touch(reader.get(name));
        const std::size_t dot = name.rfind(".bytes");
        if (dot == std::string::npos) continue;
        Vocabulary vocabulary = Vocabulary::load(reader, name.substr(0, dot));
        for (std::int32_t id = 1; id < vocabulary.size(); ++id) {
          if (vocabulary.find(vocabulary.token(id)) != id) std::abort();
        }
        vocabulary.add("a new token");
      } catch (const FormatError&) {
        continue;  // this tensor; the others may be sound
      }
    }
  } catch (const FormatError&) {
    return 0;
  }
  return 0;
}
