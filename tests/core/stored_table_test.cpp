#include "core/stored_table.h"

#include <cmath>
#include <cstring>
#include <limits>

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/message_of.h"

using namespace seqrec;

namespace {

using Values = std::vector<float>;

Tensor table(Values values, Shape shape) { return Tensor::from(values, shape); }

Values through(StoredType type, const Values& values, Shape shape) {
  return widen(narrow(table(values, shape), "t", type)).to_vector<float>();
}
float through(StoredType type, float value) { return through(type, Values{value}, {1, 1})[0]; }

}  // namespace

TEST_CASE("every half that is finite is read as its number, and written back as the same bits") {
  for (const StoredType type : {StoredType::F16, StoredType::BF16}) {
    const int exponent_bits = type == StoredType::F16 ? 5 : 8, fraction_bits = 15 - exponent_bits;
    const int bias = (1 << (exponent_bits - 1)) - 1;
    std::vector<std::uint16_t> finite;
    Values expected;
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
      const int exponent = static_cast<int>(bits >> fraction_bits) & ((1 << exponent_bits) - 1);
      if (exponent == (1 << exponent_bits) - 1) continue;
      const int fraction = static_cast<int>(bits) & ((1 << fraction_bits) - 1);
      const double magnitude = std::ldexp(exponent > 0 ? fraction + (1 << fraction_bits) : fraction,
                                          std::max(exponent, 1) - bias - fraction_bits);
      finite.push_back(static_cast<std::uint16_t>(bits));
      expected.push_back(static_cast<float>(std::copysign(magnitude, bits & 0x8000 ? -1.0 : 1.0)));
    }
    const Shape shape{std::ssize(finite), 1};
    const Values read = widen(type, shape, std::as_bytes(std::span(finite)), {}).to_vector<float>();
    CHECK(read == expected);
    const StoredTable written = narrow(table(read, shape), "t", type);
    CHECK(std::memcmp(written.bytes.raw(), finite.data(), 2 * finite.size()) == 0);
  }
}

TEST_CASE("a number between two halves goes to the nearer one, from the middle to the even one") {
  CHECK(through(StoredType::F16, 1 + 0x1p-11F) == 1);
  CHECK(through(StoredType::F16, 1 + 0x1.8p-11F) == 1 + 0x1p-10F);
  CHECK(through(StoredType::F16, 1 + 0x3p-11F) == 1 + 0x1p-9F);
  CHECK(through(StoredType::F16, -0x1.8p-24F) == -0x1p-23F);
  CHECK(through(StoredType::F16, 0x1p-25F) == 0);
  CHECK(through(StoredType::F16, 65519) == 65504);
  CHECK(through(StoredType::BF16, 1 + 0x1p-8F) == 1);
  CHECK(through(StoredType::BF16, 1 + 0x3p-8F) == 1 + 0x1p-6F);
}

TEST_CASE("int8 keeps each row's largest number, and is wrong by half of its scale at most") {
  const Values values = {0.5F, -12.7F, 3.14F, 0, 0, 0, 1e-40F, -1e-40F, 2e-45F, 3e38F, 1, -2e38F};
  const StoredTable stored = narrow(table(values, {4, 3}), "t", StoredType::I8);
  const Values scales = stored.scales.to_vector<float>(), read = widen(stored).to_vector<float>();
  REQUIRE(scales.size() == 4);
  CHECK(scales[0] == 12.7F / 127);
  CHECK(read[1] == doctest::Approx(-12.7));
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK(std::abs(read[i] - values[i]) <= 0.5001F * scales[i / 3] + 1e-44F);
}

TEST_CASE("what a type can't hold is refused with the table's name") {
  const auto message = [](float value, StoredType type) {
    return message_of<NumericError>([&] { narrow(table({0, value}, {1, 2}), "item_embedding.weight", type); });
  };
  CHECK(message(65520, StoredType::F16) == "item_embedding.weight holds 65520, which is beyond f16");
  CHECK(message(std::numeric_limits<float>::max(), StoredType::BF16).ends_with("which is beyond bf16"));
  for (const StoredType type : {StoredType::F16, StoredType::BF16, StoredType::I8})
    CHECK(message(NAN, type) == "item_embedding.weight holds a NaN or an infinity");
}

TEST_CASE("a table without rows, and rows without numbers") {
  for (const StoredType type : {StoredType::F32, StoredType::F16, StoredType::BF16, StoredType::I8}) {
    CHECK(through(type, {}, {0, 3}).empty());
    CHECK(through(type, {}, {3, 0}).empty());
  }
}
