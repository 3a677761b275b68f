// The number texts of both builds: those of this one, and those that libseqrec has instead.
#include "core/json_number.h"

#include <bit>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "core/json.h"
#include "core/random.h"

namespace seqrec {
void append_json_number_of_libseqrec(std::string& out, double value);
std::optional<double> read_json_number_of_libseqrec(std::string_view text);
}  // namespace seqrec

using namespace seqrec;

namespace {

std::string written(void (*append)(std::string&, double), double value) {
  std::string out = "before ";
  append(out, value);
  CHECK(out.substr(0, 7) == "before ");
  return out.substr(7);
}

void check_both(double value) {
  for (const auto append : {append_json_number, append_json_number_of_libseqrec}) {
    const std::string text = written(append, value);
    CAPTURE(text);
    CHECK(text.find_first_of(".e") != std::string::npos);
    for (const auto read : {read_json_number, read_json_number_of_libseqrec})
      CHECK(std::bit_cast<std::uint64_t>(read(text).value()) == std::bit_cast<std::uint64_t>(value));
  }
}

}  // namespace

TEST_CASE("a number is read back as it was, by what each build has for it") {
  for (const double value : {0.0, -0.0, 1.0, -3.0, 0.1, 1e22, 123456789012345678.0, 1e-300, 5e-324, 1e100,
                             std::numeric_limits<double>::max(), std::numeric_limits<double>::min()})
    check_both(value);
  Random random(RandomStream{1, 2});
  for (int i = 0; i < 2000; ++i) {
    const auto value = std::bit_cast<double>(std::uint64_t{random.bits()} << 32 | random.bits());
    if (std::isfinite(value)) check_both(value);
    check_both(static_cast<double>(static_cast<float>(random.normal())));
  }
  for (const auto append : {append_json_number, append_json_number_of_libseqrec}) {
    CHECK(written(append, std::numeric_limits<double>::infinity()) == "null");
    CHECK(written(append, std::numeric_limits<double>::quiet_NaN()) == "null");
    CHECK(written(append, 2.0) == "2.0");
    CHECK(written(append, 0.1) == "0.1");
  }
}

TEST_CASE("a number out of a double's range is refused by both builds") {
  for (const auto read : {read_json_number, read_json_number_of_libseqrec}) {
    for (const char* text : {"1e999", "-1e999", "1e-400", "-0.001e-500"}) CHECK(!read(text));
    for (const char* text : {"0e999", "0.000e-999", "-0", "4e-324", "1e-320"}) CHECK(read(text));
    CHECK(std::signbit(read("-0").value()));
    CHECK(read(std::string_view("12345", 2)).value() == 12);  // nothing behind the text
  }
}
