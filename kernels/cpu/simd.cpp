#include "kernels/cpu/simd.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string_view>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#include "core/error.h"

namespace seqrec::kernels::cpu {
namespace {

constexpr int kUndecided = -1;
std::atomic<int> active{kUndecided};

// What is left out of a libseqrec (seqrec_embed.cmake).
constexpr bool kBuilt[] = {
#ifdef SEQREC_WITHOUT_BASE
    false,
#else
    true,
#endif
#if defined(SEQREC_WITHOUT_AVX2) || !defined(__x86_64__)
    false,
#else
    true,
#endif
#if defined(SEQREC_WITHOUT_AVX512) || !defined(__x86_64__)
    false,
#else
    true,
#endif
};

/// What the processor has, built or not, as far as there is something to choose.
std::vector<Simd> detect() {
  std::vector<Simd> found{Simd::Base};
#if defined(__x86_64__) && !(defined(SEQREC_WITHOUT_AVX2) && defined(SEQREC_WITHOUT_AVX512))
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return found;
  found.push_back(Simd::Avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl"))
    found.push_back(Simd::Avx512);
#endif
  return found;
}

bool is_built(Simd variant) { return kBuilt[static_cast<int>(variant)]; }

/// The variants that this build has, for a message.
std::string built() {
  std::string list;
  for (const Simd variant : {Simd::Base, Simd::Avx2, Simd::Avx512})
    if (is_built(variant)) list += concat(list.empty() ? "" : ", ", name_of(variant));
  return list;
}

}  // namespace

const char* name_of(Simd variant) {
  constexpr const char* kNames[] = {"base", "avx2", "avx512"};
  return kNames[static_cast<int>(variant)];
}

const std::vector<Simd>& supported_simd() {
  static const std::vector<Simd> supported = [] {
    std::vector<Simd> found = detect();
    std::erase_if(found, [](Simd variant) { return !is_built(variant); });
    require<DeviceError>(!found.empty(), "this libseqrec was built for ", built(),
                         " alone (SEQREC_VARIANTS), which this processor doesn't have");
    return found;
  }();
  return supported;
}

Simd choose_simd(const char* wanted, const std::vector<Simd>& supported) {
  if (!wanted || !*wanted) return supported.back();
  for (const Simd variant : {Simd::Base, Simd::Avx2, Simd::Avx512}) {
    if (std::string_view(wanted) != name_of(variant)) continue;
    require<DeviceError>(is_built(variant), "SEQREC_CPU=", wanted, ": this libseqrec was built for ", built(),
                         " alone (SEQREC_VARIANTS)");
    require<DeviceError>(std::find(supported.begin(), supported.end(), variant) != supported.end(),
                         "SEQREC_CPU=", wanted, ": this processor doesn't have it, only up to ",
                         name_of(supported.back()));
    return variant;
  }
  throw DeviceError(concat("SEQREC_CPU=", wanted, ": expected base, avx2 or avx512"));
}

Simd simd_variant() {
  int variant = active.load(std::memory_order_relaxed);
  if (variant == kUndecided) {
    variant = static_cast<int>(choose_simd(std::getenv("SEQREC_CPU"), supported_simd()));
    active.store(variant, std::memory_order_relaxed);
  }
  return static_cast<Simd>(variant);
}

bool has_byte_products() {
#if defined(__x86_64__) && !(defined(SEQREC_WITHOUT_AVX2) && defined(SEQREC_WITHOUT_AVX512))
  static const bool of_avx512 = __builtin_cpu_supports("avx512vnni"), of_avx2 = [] {
    unsigned a = 0, b, c, d;  // not all compilers' __builtin_cpu_supports know its name
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1) != 0;
  }();
  return simd_variant() == Simd::Avx512 ? of_avx512 : simd_variant() == Simd::Avx2 && of_avx2;
#else
  return false;
#endif
}

const char* simd_variant_name() { return name_of(simd_variant()); }

SimdScope::SimdScope(Simd variant) : previous_(active.load()) {
  active.store(static_cast<int>(choose_simd(name_of(variant), supported_simd())));
}
SimdScope::~SimdScope() { active.store(previous_); }

}  // namespace seqrec::kernels::cpu
