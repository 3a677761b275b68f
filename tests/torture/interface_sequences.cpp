#include "call_sequence.h"
#include "interface.h"

namespace torture {

/// Calls in any order, of a thousand sequences.
long try_sequences(const char* model, const char* histories, std::uint64_t seed) {
  constexpr long kSequences = 1000;
  const Material material{{model}, histories, 30, 40};
  std::uint64_t state = seed | 1;
  for (long i = 0; i < kSequences; ++i) {
    std::vector<std::uint8_t> bytes(20 + draw(state) % 200);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(draw(state) >> 20);
    play(material, bytes.data(), bytes.size());
  }
  return kSequences;
}

}  // namespace torture
