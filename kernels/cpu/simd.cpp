#include "kernels/cpu/simd.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string_view>

#include "core/error.h"

namespace seqrec::kernels::cpu {
namespace {

constexpr int kUndecided = -1;
std::atomic<int> active{kUndecided};

std::vector<Simd> detect() {
  std::vector<Simd> found{Simd::Base};
#ifdef __x86_64__
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return found;
  found.push_back(Simd::Avx2);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl"))
    found.push_back(Simd::Avx512);
#endif
  return found;
}

bool is_supported(Simd variant) {
  return std::find(supported_simd().begin(), supported_simd().end(), variant) != supported_simd().end();
}

Simd choose() {
  const char* forced = std::getenv("SEQREC_CPU");
  if (!forced || !*forced) return supported_simd().back();
  for (const Simd variant : {Simd::Base, Simd::Avx2, Simd::Avx512}) {
    if (std::string_view(forced) != name_of(variant)) continue;
    require<UsageError>(is_supported(variant), "SEQREC_CPU=", forced, ": this processor doesn't have ", forced);
    return variant;
  }
  throw UsageError(concat("SEQREC_CPU=", forced, ": expected base, avx2 or avx512"));
}

}  // namespace

const char* name_of(Simd variant) {
  constexpr const char* kNames[] = {"base", "avx2", "avx512"};
  return kNames[static_cast<int>(variant)];
}

const std::vector<Simd>& supported_simd() {
  static const std::vector<Simd> supported = detect();
  return supported;
}

Simd simd_variant() {
  int variant = active.load(std::memory_order_relaxed);
  if (variant == kUndecided) {
    variant = static_cast<int>(choose());
    active.store(variant, std::memory_order_relaxed);
  }
  return static_cast<Simd>(variant);
}

const char* simd_variant_name() { return name_of(simd_variant()); }

SimdScope::SimdScope(Simd variant) : previous_(active.load()) {
  require<UsageError>(is_supported(variant), "this processor doesn't have ", name_of(variant));
  active.store(static_cast<int>(variant));
}
SimdScope::~SimdScope() { active.store(previous_); }

}  // namespace seqrec::kernels::cpu
