#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace seqrec {

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four 32-bit numbers for a
/// key and a counter, the same on every device and for any number of threads.
constexpr std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

/// A sequence of random numbers addressed by (seed, stream, offset): `at(i)` is the i-th and needs no state.
struct RandomStream {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;

  /// Numbers 4 block .. 4 block + 3.
  constexpr std::array<std::uint32_t, 4> block(std::uint64_t block) const {
    return philox4x32({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                       static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)},
                      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  }
  constexpr std::uint32_t at(std::uint64_t offset) const { return block(offset / 4)[offset % 4]; }
};

/// [0, 1) with 24 bits: exact in f32.
constexpr float to_uniform(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

/// What the numbers of a stream are for: one constant per purpose, so that no two purposes share numbers.
enum class Purpose : std::uint64_t {
  Initialise = 1,
  Shuffle,
  TrainNegatives,
  EvalNegatives,
  Dropout,
  Mask,
  Demo,
  Test,
  HistoryNegatives,
  Bootstrap
};

/// The stream of a purpose; `part` tells apart epochs, steps, layers, parameters.
constexpr RandomStream random_stream(std::uint64_t seed, Purpose purpose, std::uint64_t part = 0) {
  return {seed, (static_cast<std::uint64_t>(purpose) << 56) ^ part};
}

/// A seed for what has a name (a parameter, a dropout): the name's hash (FNV-1a, 64 bits), enciphered by Philox with
/// `seed` for a key. Other names or other seeds give unrelated numbers; nothing else that was named changes them.
constexpr std::uint64_t named_seed(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  const auto block = RandomStream{seed, hash}.block(0);
  return std::uint64_t{block[1]} << 32 | block[0];
}

/// Reads a stream one number after the other (host code: shuffles, sampling, initialisation).
class Random {
 public:
  explicit Random(RandomStream stream, std::uint64_t offset = 0) : stream_(stream), offset_(offset) {}
  std::uint32_t bits() { return stream_.at(offset_++); }
  /// Uniform in [0, n), without bias (Lemire). n >= 1.
  std::uint32_t below(std::uint32_t n);
  /// [0, 1), 53 bits.
  double uniform();
  /// Standard normal (Box-Muller, one number per call, two uniforms).
  double normal();
  /// Fisher-Yates.
  template <class Container>
  void shuffle(Container& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(static_cast<std::uint32_t>(i))]);
  }

 private:
  RandomStream stream_;
  std::uint64_t offset_;
};

}  // namespace seqrec
