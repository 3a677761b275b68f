#include "kernels/cpu/partial_sums.h"

#include <numeric>
#include <vector>

#include <doctest/doctest.h>

using namespace seqrec;
using kernels::cpu::PartialSums;

// Sums of column j: of i * (j + 1), i < n.
static void add(std::int64_t begin, std::int64_t end, std::int64_t size, double* sums) {
  std::fill_n(sums, size, 0.0);
  for (std::int64_t i = begin; i < end; ++i)
    for (std::int64_t j = 0; j < size; ++j) sums[j] += static_cast<double>(i * (j + 1));
}

TEST_CASE("PartialSums: all parts are added up, in its own memory or in the result's") {
  for (const std::int64_t n : {1, 63, 64, 1000, 100000}) {
    CAPTURE(n);
    std::vector<double> result(5, -1);
    const PartialSums<double> own(n, 64, 5), given(n, 64, 5, result.data());
    own.over([](std::int64_t begin, std::int64_t end, double* sums) { add(begin, end, 5, sums); });
    given.over([](std::int64_t begin, std::int64_t end, double* sums) { add(begin, end, 5, sums); });
    CHECK(given.result() == result.data());
    for (std::int64_t j = 0; j < 5; ++j) {
      CHECK(own.result()[j] == static_cast<double>(n * (n - 1) / 2 * (j + 1)));
      CHECK(result[j] == own.result()[j]);
    }
  }
}

TEST_CASE("PartialSums: of nothing they are 0, and no part is asked for") {
  std::vector<double> result(3, 7);
  PartialSums<double>(0, 64, 3, result.data()).over([](std::int64_t, std::int64_t, double*) { CHECK(false); });
  CHECK(result == std::vector<double>(3, 0));
}

TEST_CASE("PartialSums: parts are whole units, many of small sums and few of large ones") {
  CHECK(PartialSums<float>(1000, 64, 10).parts() == 16);
  CHECK(PartialSums<float>(1000, 64, 10).part_size() == 64);
  CHECK(PartialSums<float>(100000, 64, 10).parts() <= 64);
  CHECK(PartialSums<float>(100000, 64, 10).part_size() % 64 == 0);
  std::vector<float> result(1);                                                             // not written to here
  CHECK(PartialSums<float>(100000, 1, std::int64_t{1} << 20, result.data()).parts() == 8);  // 4 MiB each
  CHECK(PartialSums<float>(100000, 1, std::int64_t{1} << 22, result.data()).parts() == 4);  // 16 MiB
  CHECK(PartialSums<float>(100000, 1, std::int64_t{1} << 25, result.data()).parts() == 1);  // 128 MiB
}
