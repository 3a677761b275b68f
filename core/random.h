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
  auto [c0, c1, c2, c3] = counter;
  auto [k0, k1] = key;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * c0;
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * c2;
    c0 = static_cast<std::uint32_t>(b >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(b);
    c2 = static_cast<std::uint32_t>(a >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(a);
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return {c0, c1, c2, c3};
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
  Bootstrap,
  Tune
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
  explicit Random(RandomStream stream, std::uint64_t offset = 0)
      : stream_(stream), offset_(offset), block_(stream.block(offset / 4)) {}
  std::uint32_t bits() {
    const std::uint32_t number = block_[offset_ % 4];
    if (++offset_ % 4 == 0) block_ = stream_.block(offset_ / 4);
    return number;
  }
  /// The sequence without its next `numbers`.
  Random after(std::uint64_t numbers) const { return Random(stream_, offset_ + numbers); }
  /// Uniform in [0, n), without bias (Lemire). n >= 1.
  std::uint32_t below(std::uint32_t n);
  /// [0, 1), 53 bits, of two numbers.
  double uniform();
  /// Standard normal, of four numbers (Box-Muller, two uniforms).
  double normal();
  /// Fisher-Yates.
  template <class Container>
  void shuffle(Container& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(static_cast<std::uint32_t>(i))]);
  }

 private:
  RandomStream stream_;
  std::uint64_t offset_;
  std::array<std::uint32_t, 4> block_;  // that holds the number at offset_
};

}  // namespace seqrec
