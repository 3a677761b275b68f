#include "kernels/cpu/simd/dropout.h"

#include "kernels/cpu/simd/vector.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

constexpr int kBlocks = 32;            // Philox blocks made side by side
constexpr int kNumbers = 4 * kBlocks;  // numbers in them

/// Numbers 4 block .. 4 (block + kBlocks) of a stream: core/random.h's philox4x32, a round for all blocks at a time.
void philox(std::uint64_t seed, std::uint64_t stream, std::uint64_t block, std::uint32_t* numbers) {
  std::uint32_t c0[kBlocks], c1[kBlocks], c2[kBlocks], c3[kBlocks];
  for (int b = 0; b < kBlocks; ++b) {
    c0[b] = (std::uint32_t)(block + (std::uint64_t)b);
    c1[b] = (std::uint32_t)((block + (std::uint64_t)b) >> 32);
    c2[b] = (std::uint32_t)stream;
    c3[b] = (std::uint32_t)(stream >> 32);
  }
  std::uint32_t key0 = (std::uint32_t)seed, key1 = (std::uint32_t)(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    for (int b = 0; b < kBlocks; ++b) {
      const std::uint64_t first = std::uint64_t{0xD2511F53} * c0[b], second = std::uint64_t{0xCD9E8D57} * c2[b];
      c0[b] = (std::uint32_t)(second >> 32) ^ c1[b] ^ key0;
      c1[b] = (std::uint32_t)second;
      c2[b] = (std::uint32_t)(first >> 32) ^ c3[b] ^ key1;
      c3[b] = (std::uint32_t)first;
    }
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  for (int b = 0; b < kBlocks; ++b) {
    numbers[4 * b] = c0[b];
    numbers[4 * b + 1] = c1[b];
    numbers[4 * b + 2] = c2[b];
    numbers[4 * b + 3] = c3[b];
  }
}

}  // namespace

template <class T>
void dropout_loop(std::uint64_t seed, std::uint64_t stream, std::uint64_t offset, std::uint32_t threshold, T scale,
                  std::int64_t n, const T* x, T* y) {
  std::uint32_t numbers[kNumbers];
  for (std::int64_t i = 0; i < n;) {
    const std::uint64_t first = offset + (std::uint64_t)i;
    const std::int64_t skip = (std::int64_t)(first % 4);
    const std::int64_t count = n - i < kNumbers - skip ? n - i : kNumbers - skip;
    philox(seed, stream, first / 4, numbers);
    for (std::int64_t j = 0; j < count; ++j) y[i + j] = numbers[skip + j] >> 8 >= threshold ? scale * x[i + j] : T(0);
    i += count;
  }
}

SEQREC_SIMD_INSTANTIATE(dropout_loop)

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
