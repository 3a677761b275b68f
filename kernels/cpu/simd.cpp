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

}  // namespace

const char* name_of(Simd variant) {
  constexpr const char* kNames[] = {"base", "avx2", "avx512"};
  return kNames[static_cast<int>(variant)];
}

const std::vector<Simd>& supported_simd() {
  static const std::vector<Simd> supported = detect();
  return supported;
}

Simd choose_simd(const char* wanted, const std::vector<Simd>& supported) {
  if (!wanted || !*wanted) return supported.back();
  for (const Simd variant : {Simd::Base, Simd::Avx2, Simd::Avx512}) {
    if (std::string_view(wanted) != name_of(variant)) continue;
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

const char* simd_variant_name() { return name_of(simd_variant()); }

SimdScope::SimdScope(Simd variant) : previous_(active.load()) {
  active.store(static_cast<int>(choose_simd(name_of(variant), supported_simd())));
}
SimdScope::~SimdScope() { active.store(previous_); }

}  // namespace seqrec::kernels::cpu
