#include "kernels/cpu/simd/byte_panels.h"

#include "kernels/cpu/simd/lanes.h"

namespace seqrec::kernels::cpu::SEQREC_SIMD {
namespace {

constexpr float kSmallest = 0x1p-80f, kLargest = 0x1p50f;
constexpr std::int64_t kPartials = 8;  // of a sum, so that it needs no order

std::uint32_t bits_of(float x) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

/// A float that is no less than x, where x is right to 2^-41 of itself.
float rounded_up(double x) {
  x *= 1 + 0x1p-40;
  float result = static_cast<float>(x);
  if (static_cast<double>(result) < x) {
    const std::uint32_t next = bits_of(result) + 1;
    __builtin_memcpy(&result, &next, sizeof result);
  }
  return result;
}

/// The bits of the largest absolute value; those of a NaN are above all others'.
std::uint32_t largest_bits(std::int64_t n, const float* x) {
  std::int32_t most = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto bits = static_cast<std::int32_t>(bits_of(x[i]) & 0x7fffffffu);
    most = bits > most ? bits : most;
  }
  return static_cast<std::uint32_t>(most);
}

/// |x - scale codes|. A factor of a byte and one of 24 binary digits have an exact product in double.
double distance(std::int64_t n, const float* x, float scale, const std::int8_t* codes) {
  double sums[kPartials] = {};
  std::int64_t i = 0;
  const auto square = [&](std::int64_t at) SEQREC_INLINED {
    const double d = static_cast<double>(x[at]) - static_cast<double>(scale) * codes[at];
    return d * d;
  };
  for (; i + kPartials <= n; i += kPartials)
    for (std::int64_t j = 0; j < kPartials; ++j) sums[j] += square(i + j);
  for (std::int64_t j = 0; i < n; ++i, ++j) sums[j] += square(i);
  double sum = 0;
  for (const double part : sums) sum += part;
  return __builtin_sqrt(sum);
}

#if defined(__AVX512BW__)

using Sums = __m512i;
constexpr int kSumsOfPanel = 1;
SEQREC_INLINE Sums all(std::int32_t x) { return _mm512_set1_epi32(x); }
SEQREC_INLINE Sums read(const std::uint8_t* bytes) { return _mm512_loadu_si512(bytes); }
/// 255 * 63 * 2 is less than 2^15: no pair's sum is cut.
SEQREC_INLINE Sums add_products(Sums sums, Sums row, Sums query) {
  return _mm512_add_epi32(sums, _mm512_madd_epi16(_mm512_maddubs_epi16(row, query), _mm512_set1_epi16(1)));
}

/// The same by one instruction, which the variant's flags don't name (AVX512_VNNI).
SEQREC_INLINE Sums add_products_at_once(Sums sums, Sums row, Sums query) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(row), "v"(query));
  return sums;
}

#elif defined(__AVX2__)

using Sums = __m256i;
constexpr int kSumsOfPanel = 2;
SEQREC_INLINE Sums all(std::int32_t x) { return _mm256_set1_epi32(x); }
SEQREC_INLINE Sums read(const std::uint8_t* bytes) { return _mm256_loadu_si256((const __m256i*)bytes); }
/// 255 * 63 * 2 is less than 2^15: no pair's sum is cut.
SEQREC_INLINE Sums add_products(Sums sums, Sums row, Sums query) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(row, query), _mm256_set1_epi16(1)));
}
/// The same by one instruction, which the variant's flags don't name (AVX-VNNI).
SEQREC_INLINE Sums add_products_at_once(Sums sums, Sums row, Sums query) {
  asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(row), "x"(query));
  return sums;
}

#else

using Sums = Vector<std::int32_t>;
using Halves = Vector<std::int16_t>;
constexpr int kSumsOfPanel = kPanelRows / kLanes<float>;
SEQREC_INLINE Sums all(std::int32_t x) { return Sums{} + x; }
SEQREC_INLINE Sums read(const std::uint8_t* bytes) {
  Sums quads;
  __builtin_memcpy(&quads, bytes, sizeof quads);
  return quads;
}
/// 255 * 63 * 2 is less than 2^15: no pair's sum is cut.
SEQREC_INLINE Sums add_products(Sums sums, Sums row, Sums query) {
  const Halves bytes = (Halves)row, codes = (Halves)query;
  const auto pairs = (Sums)((bytes & 255) * (codes << 8 >> 8) + (bytes >> 8 & 255) * (codes >> 8));
  return sums + (pairs << 16 >> 16) + (pairs >> 16);
}

#endif

SEQREC_INLINE Vector<float> to_floats(Sums sums) {
  return __builtin_convertvector((Vector<std::int32_t>)sums, Vector<float>);
}

/// The bounds of Q queries over one panel.
template <int Q, bool at_once>
SEQREC_INLINE void panel(std::int64_t quads, const std::uint8_t* data, const ByteQuery* query, float* bounds,
                         std::int64_t stride) {
  Sums sums[Q][kSumsOfPanel];
#pragma GCC unroll 4
  for (int q = 0; q < Q; ++q)
#pragma GCC unroll 4
    for (int part = 0; part < kSumsOfPanel; ++part) sums[q][part] = all(query[q].start);
  for (std::int64_t g = 0; g < quads; ++g, data += 4 * kPanelRows)
#pragma GCC unroll 4
    for (int part = 0; part < kSumsOfPanel; ++part) {
      const auto row = read(data + part * 4 * kLanes<float>);
#pragma GCC unroll 4
      for (int q = 0; q < Q; ++q) {
        std::int32_t quad;
        __builtin_memcpy(&quad, query[q].codes + 4 * g, sizeof quad);
        if constexpr (at_once)
          sums[q][part] = add_products_at_once(sums[q][part], row, all(quad));
        else
          sums[q][part] = add_products(sums[q][part], row, all(quad));
      }
    }
  const auto of_rows = [&](int which, int part) SEQREC_INLINED {
    Vector<float> v;
    __builtin_memcpy(&v, data + (which * kPanelRows + part * kLanes<float>)*sizeof(float), sizeof v);
    return v;
  };
#pragma GCC unroll 4
  for (int part = 0; part < kSumsOfPanel; ++part)
#pragma GCC unroll 4
    for (int q = 0; q < Q; ++q) {
      const Vector<float> width =
          query[q].of_norm * of_rows(1, part) + query[q].of_error * of_rows(2, part) + query[q].rest;
      store<float>(bounds + q * stride + part * kLanes<float>, of_rows(0, part) * to_floats(sums[q][part]) + width);
    }
}

template <int Q, bool at_once>
void bounds_of(std::int64_t panels, std::int64_t quads, const std::uint8_t* data, const ByteQuery* query, float* bounds,
               std::int64_t stride) {
  for (std::int64_t p = 0; p < panels; ++p)
    panel<Q, at_once>(quads, data + p * panel_bytes(quads), query, bounds + p * kPanelRows, stride);
}

}  // namespace

ByteRow to_bytes(std::int64_t n, const float* x, std::int32_t limit, std::int8_t* codes) {
  const std::uint32_t largest = largest_bits(n, x);
  const bool unknown = largest >= bits_of(kLargest);
  if (unknown || largest < bits_of(kSmallest)) {
    for (std::int64_t i = 0; i < n; ++i) codes[i] = 0;
    return {0, 0, unknown ? __builtin_inff() : rounded_up(distance(n, x, 0, codes)), 0};
  }
  float most;
  __builtin_memcpy(&most, &largest, sizeof most);
  const float scale = most / static_cast<float>(limit), inverse = 1 / scale;
  constexpr float kWhole = 0x1.8p23f;  // what is added to it is rounded to a whole number, in its last digits
  std::int32_t sum = 0, squares = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto code = static_cast<std::int32_t>(bits_of(x[i] * inverse + kWhole) - bits_of(kWhole));
    codes[i] = static_cast<std::int8_t>(code);
    sum += code;
    squares += code * code;
  }
  return {scale, rounded_up(static_cast<double>(scale) * __builtin_sqrt(squares)),
          rounded_up(distance(n, x, scale, codes)), sum};
}

void upper_bounds(std::int64_t panels, std::int64_t quads, const std::uint8_t* data, std::int64_t queries,
                  const ByteQuery* query, float* bounds, std::int64_t stride, bool at_once) {
#ifdef __AVX2__
  const auto of_all = at_once ? &bounds_of<4, true> : &bounds_of<4, false>;
  const auto of_one = at_once ? &bounds_of<1, true> : &bounds_of<1, false>;
#else
  (void)at_once;
  const auto of_all = &bounds_of<4, false>, of_one = &bounds_of<1, false>;
#endif
  if (queries == 4) return of_all(panels, quads, data, query, bounds, stride);
  for (std::int64_t q = 0; q < queries; ++q) of_one(panels, quads, data, query + q, bounds + q * stride, stride);
}

}  // namespace seqrec::kernels::cpu::SEQREC_SIMD
