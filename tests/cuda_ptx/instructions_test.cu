// What the translator makes of single instructions, where C++ and the hardware might differ.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include "core/tensor.h"
#include "kernels/cuda.h"
#include "kernels/cuda/context.h"

using namespace seqrec;
using namespace seqrec::kernels::cuda;

namespace {

constexpr Device kGpu{Device::Kind::Cuda, 0};

using U32 = std::uint32_t;
using U64 = std::uint64_t;
using S64 = std::int64_t;

// The registers that hold a type: 32 bits, 64 bits, float, double.
#define IN_U32 "r"
#define IN_int "r"
#define IN_U64 "l"
#define IN_S64 "l"
#define IN_float "f"
#define IN_double "d"

/// A kernel NAME of one instruction: R = A [B [C [D]]], the types of its result and its operands.
#define ONE(name, instruction, R, A)                                       \
  __global__ void name(R* out, A x) {                                      \
    R result;                                                              \
    asm volatile(instruction " %0, %1;" : "=" IN_##R(result) : IN_##A(x)); \
    *out = result;                                                         \
  }
#define TWO(name, instruction, R, A, B)                                                   \
  __global__ void name(R* out, A x, B y) {                                                \
    R result;                                                                             \
    asm volatile(instruction " %0, %1, %2;" : "=" IN_##R(result) : IN_##A(x), IN_##B(y)); \
    *out = result;                                                                        \
  }
#define THREE(name, instruction, R, A, B, C)                                                             \
  __global__ void name(R* out, A x, B y, C z) {                                                          \
    R result;                                                                                            \
    asm volatile(instruction " %0, %1, %2, %3;" : "=" IN_##R(result) : IN_##A(x), IN_##B(y), IN_##C(z)); \
    *out = result;                                                                                       \
  }
#define FOUR(name, instruction, R, A, B, C, D)                  \
  __global__ void name(R* out, A x, B y, C z, D w) {            \
    R result;                                                   \
    asm volatile(instruction " %0, %1, %2, %3, %4;"             \
                 : "=" IN_##R(result)                           \
                 : IN_##A(x), IN_##B(y), IN_##C(z), IN_##D(w)); \
    *out = result;                                              \
  }

TWO(shl_b32, "shl.b32", U32, U32, U32)
TWO(shr_u32, "shr.u32", U32, U32, U32)
TWO(shr_s32, "shr.s32", int, int, U32)
TWO(shr_s64, "shr.s64", S64, S64, U32)
THREE(shf_l_wrap, "shf.l.wrap.b32", U32, U32, U32, U32)
THREE(shf_r_clamp, "shf.r.clamp.b32", U32, U32, U32, U32)
TWO(mul_hi_u32, "mul.hi.u32", U32, U32, U32)
TWO(mul_hi_s32, "mul.hi.s32", int, int, int)
TWO(mul_hi_u64, "mul.hi.u64", U64, U64, U64)
TWO(mul_wide_s32, "mul.wide.s32", S64, int, int)
TWO(mul_wide_u32, "mul.wide.u32", U64, U32, U32)
THREE(mad_wide_s32, "mad.wide.s32", S64, int, int, S64)
TWO(div_s32, "div.s32", int, int, int)
TWO(rem_s32, "rem.s32", int, int, int)
TWO(div_u64, "div.u64", U64, U64, U64)
ONE(abs_s32, "abs.s32", int, int)
ONE(neg_s64, "neg.s64", S64, S64)
ONE(clz_b32, "clz.b32", U32, U32)
ONE(clz_b64, "clz.b64", U32, U64)
ONE(popc_b64, "popc.b64", U32, U64)
ONE(brev_b32, "brev.b32", U32, U32)
THREE(bfe_u32, "bfe.u32", U32, U32, U32, U32)
THREE(bfe_s32, "bfe.s32", int, int, U32, U32)
FOUR(bfi_b32, "bfi.b32", U32, U32, U32, U32, U32)
THREE(prmt_b32, "prmt.b32", U32, U32, U32, U32)

__global__ void lop3_b32(U32* out, U32 x, U32 y, U32 z) {  // x & y | ~z
  asm volatile("lop3.b32 %0, %1, %2, %3, 0xD5;" : "=r"(*out) : "r"(x), "r"(y), "r"(z));
}

TWO(min_f32, "min.f32", float, float, float)
TWO(max_f32, "max.f32", float, float, float)
TWO(add_rz, "add.rz.f32", float, float, float)
TWO(add_rm, "add.rm.f32", float, float, float)
TWO(add_rp, "add.rp.f32", float, float, float)
TWO(add_sat, "add.sat.f32", float, float, float)
THREE(fma_rn, "fma.rn.f32", float, float, float, float)
THREE(fma_rm, "fma.rm.f32", float, float, float, float)
TWO(copysign_f32, "copysign.f32", float, float, float)
ONE(ex2_ftz, "ex2.approx.ftz.f32", float, float)
ONE(rcp_f64, "rcp.approx.ftz.f64", double, double)

ONE(s32_of_f32, "cvt.rzi.s32.f32", int, float)
ONE(u32_of_f32, "cvt.rzi.u32.f32", U32, float)
ONE(s32_of_f64, "cvt.rzi.s32.f64", int, double)
ONE(s64_of_f32, "cvt.rzi.s64.f32", S64, float)
ONE(s32_nearest, "cvt.rni.s32.f32", int, float)
ONE(s32_down, "cvt.rmi.s32.f32", int, float)
ONE(f32_nearest, "cvt.rni.f32.f32", float, float)
ONE(f32_sat, "cvt.sat.f32.f32", float, float)
ONE(s64_of_s32, "cvt.s64.s32", S64, int)
ONE(s32_of_low_s8, "cvt.s32.s8", int, int)
ONE(f32_of_s32, "cvt.rn.f32.s32", float, int)

/// Whether x COMPARISON y, as 0 or 1.
#define COMPARE(name, comparison, A)                                                                        \
  __global__ void name(U32* out, A x, A y) {                                                                \
    asm volatile("{ .reg .pred %%holds; setp." comparison " %%holds, %1, %2; selp.u32 %0, 1, 0, %%holds; }" \
                 : "=r"(*out)                                                                               \
                 : IN_##A(x), IN_##A(y));                                                                   \
  }
COMPARE(lt_s32, "lt.s32", int)
COMPARE(lo_u32, "lo.u32", U32)
COMPARE(eq_f32, "eq.f32", float)
COMPARE(ne_f32, "ne.f32", float)
COMPARE(neu_f32, "neu.f32", float)
COMPARE(ltu_f32, "ltu.f32", float)
COMPARE(geu_f32, "geu.f32", float)
COMPARE(num_f32, "num.f32", float)
COMPARE(nan_f32, "nan.f32", float)

// Generic addresses: the pointer's memory is known when it runs.
__global__ void generic(float* out, bool shared) {
  SEQREC_SHARED(float, block, [32]);
  block[threadIdx.x] = 1;
  out[threadIdx.x] = 2;
  float* volatile chosen = shared ? block : out;
  *chosen += 5;
  __syncthreads();
  out[threadIdx.x] += block[0];
}

/// What a kernel of one value makes of these.
template <class R, class... Parameters, class... Arguments>
R of(void (*kernel)(R*, Parameters...), Arguments... arguments) {
  open(kGpu);
  Tensor out({static_cast<std::int64_t>(sizeof(R)) / 4}, DType::I32, kGpu);
  launch({1, 1, 0, context(kGpu).stream()}, kernel, reinterpret_cast<R*>(out.data<std::int32_t>()), arguments...);
  const auto words = out.to_vector<std::int32_t>();
  R result;
  std::memcpy(&result, words.data(), sizeof(R));
  return result;
}

constexpr int kLeast = std::numeric_limits<int>::min(), kMost = std::numeric_limits<int>::max();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
const float kNaN = NAN;

}  // namespace

TEST_CASE("shifts by the width and more") {
  CHECK(of(shl_b32, 1u, 31u) == 0x80000000u);
  CHECK(of(shl_b32, 1u, 32u) == 0);
  CHECK(of(shr_u32, 0x80000000u, 40u) == 0);
  CHECK(of(shr_s32, -8, 1u) == -4);
  CHECK(of(shr_s32, -8, 32u) == -1);
  CHECK(of(shr_s64, S64{-1} << 40, 99u) == -1);
  CHECK(of(shf_l_wrap, 0x80000000u, 1u, 33u) == 3);
  CHECK(of(shf_r_clamp, 7u, 5u, 40u) == 5);
}

TEST_CASE("products and quotients of integers") {
  CHECK(of(mul_hi_u32, 0xFFFFFFFFu, 0xFFFFFFFFu) == 0xFFFFFFFEu);
  CHECK(of(mul_hi_s32, -1, 1) == -1);
  CHECK(of(mul_hi_u64, ~U64{0}, U64{2}) == 1);
  CHECK(of(mul_wide_s32, kLeast, 2) == S64{kLeast} * 2);
  CHECK(of(mul_wide_u32, 0xFFFFFFFFu, 2u) == U64{0x1FFFFFFFE});
  CHECK(of(mad_wide_s32, -3, 4, S64{1} << 40) == (S64{1} << 40) - 12);
  CHECK(of(div_s32, -7, 2) == -3);
  CHECK(of(rem_s32, -7, 2) == -1);
  CHECK(of(div_s32, kLeast, -1) == kLeast);
  CHECK(of(rem_s32, kLeast, -1) == 0);
  CHECK(of(div_u64, U64{5}, U64{0}) == ~U64{0});
  CHECK(of(abs_s32, kLeast) == kLeast);
  CHECK(of(neg_s64, S64{5}) == -5);
}

TEST_CASE("bits") {
  CHECK(of(clz_b32, 0u) == 32);
  CHECK(of(clz_b32, 1u) == 31);
  CHECK(of(clz_b64, U64{1} << 40) == 23);
  CHECK(of(popc_b64, ~U64{0}) == 64);
  CHECK(of(brev_b32, 0x00000003u) == 0xC0000000u);
  CHECK(of(bfe_u32, 0xABCD1234u, 8u, 8u) == 0x12);
  CHECK(of(bfe_u32, 0xABCD1234u, 28u, 32u) == 0xA);
  CHECK(of(bfe_s32, 0x0000F000, 12u, 4u) == -1);
  CHECK(of(bfe_s32, kLeast, 28u, 20u) == -8);
  CHECK(of(bfe_s32, -1, 0u, 0u) == 0);
  CHECK(of(bfi_b32, 0xFu, 0u, 4u, 3u) == 0x70);
  CHECK(of(bfi_b32, ~0u, 1u, 31u, 9u) == 0x80000001u);
  CHECK(of(prmt_b32, 0x33221180u, 0x77665544u, 0x0437u) == 0x80443377u);
  CHECK(of(prmt_b32, 0x33221180u, 0x77665544u, 0x0008u) == 0x808080FFu);
  CHECK(of(lop3_b32, 0xFF00u, 0x0FF0u, 0xFFFFFF0Fu) == 0x0FF0u);
}

TEST_CASE("minima of NaN and of zeros with signs") {
  CHECK(of(min_f32, kNaN, 1.0f) == 1);
  CHECK(of(max_f32, 1.0f, kNaN) == 1);
  CHECK(std::signbit(of(min_f32, 0.0f, -0.0f)));
  CHECK(!std::signbit(of(max_f32, -0.0f, 0.0f)));
  CHECK(of(copysign_f32, -2.0f, 3.0f) == -3);
}

TEST_CASE("sums are rounded to the side that is asked for") {
  const float tiny = 0x1p-30f, above = 1 + 0x1p-23f, below = 1 - 0x1p-24f;
  CHECK(of(add_rz, 1.0f, tiny) == 1);
  CHECK(of(add_rz, 1.0f, -tiny) == below);
  CHECK(of(add_rz, -1.0f, tiny) == -below);
  CHECK(of(add_rm, 1.0f, tiny) == 1);
  CHECK(of(add_rm, -1.0f, -tiny) == -above);
  CHECK(of(add_rp, 1.0f, tiny) == above);
  CHECK(of(add_rp, 1.0f, 1.0f) == 2);
  CHECK(of(fma_rm, 0.5f, 2.0f, tiny) == 1);
  CHECK(of(fma_rm, 0.5f, -2.0f, -0x1p-80f) == -above);
  CHECK(of(fma_rm, above, above, 0.0f) == 1 + 0x1p-22f);
  CHECK(of(fma_rm, kInfinity, 1.0f, 0.0f) == kInfinity);
  CHECK(of(fma_rn, above, below, -1.0f) == 0x1p-24f - 0x1p-47f);
  CHECK(of(add_sat, 0.75f, 0.75f) == 1);
  CHECK(of(add_sat, kNaN, 0.75f) == 0);
  CHECK(of(ex2_ftz, -127.0f) == 0);
  CHECK(of(rcp_f64, 4.0) == 0.25);
  CHECK(of(rcp_f64, 1e-310) == kInfinity);
}

TEST_CASE("conversions beyond what the other type has") {
  CHECK(of(s32_of_f32, 3e9f) == kMost);
  CHECK(of(s32_of_f32, -kInfinity) == kLeast);
  CHECK(of(s32_of_f32, kNaN) == 0);
  CHECK(of(s32_of_f64, double{kNaN}) == kLeast);
  CHECK(of(s64_of_f32, kNaN) == std::numeric_limits<S64>::min());
  CHECK(of(u32_of_f32, -1.0f) == 0);
  CHECK(of(s32_of_f32, -1.9f) == -1);
  CHECK(of(s32_nearest, 2.5f) == 2);
  CHECK(of(s32_down, -1.5f) == -2);
  CHECK(of(f32_nearest, 3.5f) == 4);
  CHECK(of(f32_sat, -0.5f) == 0);
  CHECK(of(f32_sat, kNaN) == 0);
  CHECK(of(s64_of_s32, -2) == -2);
  CHECK(of(s32_of_low_s8, 0x1FF) == -1);
  CHECK(of(f32_of_s32, -16777217) == -16777216.0f);
}

TEST_CASE("comparisons of signs and of NaN") {
  CHECK(of(lt_s32, -1, 1) == 1);
  CHECK(of(lo_u32, 0xFFFFFFFFu, 1u) == 0);
  CHECK(of(eq_f32, kNaN, kNaN) == 0);
  CHECK(of(ne_f32, kNaN, 1.0f) == 0);
  CHECK(of(neu_f32, kNaN, 1.0f) == 1);
  CHECK(of(ltu_f32, kNaN, 1.0f) == 1);
  CHECK(of(geu_f32, 0.5f, 1.0f) == 0);
  CHECK(of(num_f32, 1.0f, kNaN) == 0);
  CHECK(of(nan_f32, 1.0f, kNaN) == 1);
}

TEST_CASE("generic addresses are of shared or of global memory") {
  CHECK(of(generic, true) == 2 + 1 + 5);
  CHECK(of(generic, false) == 2 + 5 + 1);
}
