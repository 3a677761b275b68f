#include "kernels/byte_table.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "kernels/alone.h"
#include "kernels/cpu/simd/byte_panels.h"
#include "kernels/precision.h"
#include "kernels/topk.h"
#include "tests/kernels/scoring.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();

/// The table's answer is score_topk's, bit by bit; a few rows at once, for which it reads bytes.
void check_exact(const Tensor& hidden, const Tensor& table, std::int64_t k, std::int64_t first = 0,
                 const Ragged& excluded = {}) {
  const std::int64_t rows = hidden.size(0);
  Tensor values({rows, k}), ids({rows, k}, DType::I32), exact_values({rows, k}), exact_ids({rows, k}, DType::I32);
  const ByteTable bytes(table);
  std::int64_t begin = 0;
  for (std::int64_t some = 1; begin < rows; begin += some, some = some % 7 + 1) {
    const std::int64_t end = std::min(rows, begin + some);
    Tensor value = values.slice(0, begin, end), id = ids.slice(0, begin, end);
    std::vector<std::int32_t> offsets{0}, left_out;
    for (std::int64_t i = begin; i < end && !excluded.empty(); ++i) {
      left_out.insert(left_out.end(), excluded[i].begin(), excluded[i].end());
      offsets.push_back(static_cast<std::int32_t>(left_out.size()));
    }
    const Ragged lists = excluded.empty() ? Ragged{} : Ragged{Windows::adjacent(offsets), Index(left_out)};
    bytes.score_topk(hidden.slice(0, begin, end), first, lists, k, value, id);
  }
  kernels::score_topk(hidden, table, first, excluded, k, exact_values, exact_ids);
  check_same(ids, exact_ids);
  check_same(values, exact_values);
}

Tensor table_of(std::int64_t classes, std::int64_t width, const std::function<float(std::int64_t, std::int64_t)>& f) {
  Tensor table({classes, width});
  for (std::int64_t i = 0; i < classes; ++i)
    for (std::int64_t j = 0; j < width; ++j) table.at<float>({i, j}) = f(i, j);
  return table;
}

/// Vectors like any, and some that are of no use, or that the bytes are of no use to.
Tensor vectors(std::int64_t width, std::uint64_t part) {
  Tensor hidden = random_tensor({12, width}, DType::F32, part);
  const auto set = [&](std::int64_t row, const std::function<float(std::int64_t)>& f) {
    for (std::int64_t j = 0; j < width; ++j) hidden.at<float>({row, j}) = f(j);
  };
  set(1, [](auto) { return 0.0f; });
  set(2, [](auto j) { return j % 2 == 0 ? 1e-41f : -1e-42f; });
  set(3, [](auto j) { return j % 3 == 0 ? 3e37f : 1.0f; });
  set(5, [](auto j) { return j == 0 ? kNan : 1.0f; });
  set(6, [](auto j) { return j == 0 ? -kInf : 1.0f; });
  set(7, [](auto j) { return static_cast<float>(j % 5) - 2; });
  set(9, [](auto j) { return j == 0 ? 1.0f : 1e-9f; });
  return hidden;
}

}  // namespace

TEST_CASE("the best by bytes are the best, bit by bit: 10,000 random vectors") {
  for_each_variant([] {
    for (const auto& [rows, classes, width, k, first] : {std::tuple{4000, 1683, 64, 10, 1},
                                                         {500, 3001, 50, 100, 0},
                                                         {499, 700, 7, 1, 0},
                                                         {1, 1683, 64, 10, 0},
                                                         {5000, 300, 33, 3, 1}}) {
      INFO("top ", k, " of ", rows, " x ", classes, ", width ", width, ", from ", first);
      const Tensor hidden = random_tensor({rows, width}, DType::F32, 1),
                   table = random_tensor({classes, width}, DType::F32, 2, 0.1);
      check_exact(hidden, table, k, first, first == 0 ? Ragged{} : some_excluded(rows, classes, 3));
    }
  });
}

TEST_CASE("the best by bytes are the best of many rows, of a large table") {
  for_each_variant([] {
    const Tensor hidden = random_tensor({150, 16}, DType::F32, 1), table = random_tensor({9001, 16}, DType::F32, 2);
    const Ragged excluded = some_excluded(150, 9001, 3);
    Tensor values({150, 10}), ids({150, 10}, DType::I32), exact_values({150, 10}), exact_ids({150, 10}, DType::I32);
    ByteTable(table).score_topk(hidden, 1, excluded, 10, values, ids);
    kernels::score_topk(hidden, table, 1, excluded, 10, exact_values, exact_ids);
    check_same(ids, exact_ids);
    check_same(values, exact_values);
  });
}

TEST_CASE("the best by bytes are the best of any table") {
  constexpr std::int64_t kClasses = 1203;
  const auto noise = [](std::int64_t i, std::int64_t j) { return std::sin(static_cast<float>(37 * i + 11 * j * j)); };
  const std::pair<const char*, std::function<float(std::int64_t, std::int64_t)>> tables[] = {
      {"zeros", [](auto, auto) { return 0.0f; }},
      {"equal rows", [&](auto, auto j) { return noise(1, j); }},
      {"pairs of equal rows", [&](auto i, auto j) { return noise(i / 2, j); }},
      {"whole numbers", [&](auto i, auto j) { return std::round(3 * noise(i, j)); }},
      {"rows that grow", [&](auto i, auto j) { return static_cast<float>(i) * noise(0, j); }},
      {"norms over many orders",
       [&](auto i, auto j) { return std::pow(10.0f, static_cast<float>(i % 60) - 30) * noise(i, j); }},
      {"a few huge rows", [&](auto i, auto j) { return (i % 400 == 7 ? 1e36f : 1e-3f) * noise(i, j); }},
      {"below the normal numbers", [&](auto i, auto j) { return 1e-40f * noise(i, j); }},
      {"some below the normal numbers", [&](auto i, auto j) { return (i % 3 == 0 ? 1e-40f : 1e-20f) * noise(i, j); }},
      {"one element a row", [&](auto i, auto j) { return j == i % 5 ? noise(i, 0) : 0.0f; }},
      {"nearly equal rows", [&](auto i, auto j) { return noise(0, j) + 1e-6f * noise(i, j); }},
      {"an outlier a row", [&](auto i, auto j) { return j == i % 7 ? 100.0f : noise(i, j); }},
      {"infinities and NaN",
       [&](auto i, auto j) {
         return i % 97 == 3 ? kInf : i % 101 == 5 && j == 0 ? kNan : i % 103 == 8 ? -kInf : noise(i, j);
       }},
      {"nothing but NaN", [](auto, auto) { return kNan; }},
  };
  for_each_variant([&] {
    for (const auto& [name, f] : tables)
      for (const std::int64_t width : {1, 3, 8, 64, 130}) {
        INFO(name, ", width ", width);
        const Tensor table = table_of(kClasses, width, f), hidden = vectors(width, 4);
        check_exact(hidden, table, 10);
        check_exact(hidden, table, 150, 1, some_excluded(hidden.size(0), kClasses, 5));
        check_exact(hidden, table, kClasses);
      }
  });
}

TEST_CASE("the best by bytes are the best where threads share the table") {
  constexpr std::int64_t kClasses = 70'001, kWidth = 8;
  const auto noise = [](std::int64_t i, std::int64_t j) { return std::sin(static_cast<float>(37 * i + 11 * j * j)); };
  const Tensor hidden = vectors(kWidth, 4);
  const Ragged excluded = some_excluded(hidden.size(0), kClasses, 5);
  const auto with = [&](const std::function<float(std::int64_t, std::int64_t)>& f) {
    return table_of(kClasses, kWidth, f);
  };
  const Tensor tables[] = {
      random_tensor({kClasses, kWidth}, DType::F32, 6),
      with([&](auto i, auto j) { return noise(i % 5, j); }),                      // equal rows in all parts
      with([&](auto i, auto j) { return static_cast<float>(i) * noise(0, j); }),  // the best in the last part
      with([&](auto i, auto j) { return static_cast<float>(kClasses - i) * noise(0, j); }),  // in the first
      with([&](auto i, auto j) {
        return (i % 40'000 == 7 ? kInf : i % 401 == 3 ? kNan : 1.0f) * noise(i, j);
      })};
  for (const Tensor& table : tables)
    for (const int threads : {2, 4}) {
      const ThreadsScope scope(threads);
      CAPTURE(threads);
      check_exact(hidden, table, 10);
      check_exact(hidden, table, 300, 513, excluded);
    }
}

TEST_CASE("a list is narrowed to what holds its best, bit by bit") {
  constexpr std::int64_t kClasses = 12'003, kWidth = 16;
  const auto noise = [](std::int64_t i, std::int64_t j) { return std::sin(static_cast<float>(37 * i + 11 * j * j)); };
  const Tensor random = random_tensor({kClasses, kWidth}, DType::F32, 6);
  const Tensor tables[] = {
      random, table_of(kClasses, kWidth, [&](auto i, auto j) { return noise(i / 2, j); }),
      table_of(kClasses, kWidth, [&](auto i, auto j) { return static_cast<float>(i) * noise(0, j); }),
      table_of(kClasses, kWidth, [&](auto i, auto j) {
        return i % 997 == 3 ? kInf : i % 1001 == 5 && j == 0 ? kNan : noise(i, j);
      })};
  const Tensor hidden = vectors(kWidth, 4);
  std::vector<std::int32_t> most;
  for (std::int32_t i = 1; i < kClasses; ++i)
    if (i % 4 != 1) most.push_back(i);
  struct Scored {
    float score;
    std::int32_t id;
    bool operator==(const Scored& other) const { return id == other.id && std::memcmp(&score, &other.score, 4) == 0; }
  };
  for_each_variant([&] {
    for (const Tensor& table : tables) {
      const ByteTable bytes(table);
      for (std::int64_t row = 0; row < hidden.size(0); ++row)
        for (const std::int64_t k : {1, 100}) {
          CAPTURE(row);
          CAPTURE(k);
          const float* vector = hidden.data<float>() + row * kWidth;
          const auto scored = [&](const std::vector<std::int32_t>& ids) {
            std::vector<float> scores(ids.size());
            alone::gather_dot(vector, ids, table.data<float>(), kWidth, scores.data());
            std::vector<Scored> out(ids.size());
            for (std::size_t i = 0; i < ids.size(); ++i) out[i] = {scores[i], ids[i]};
            return out;
          };
          // Those that are not finite in front, however many.
          const auto best_of = [&](std::vector<Scored> all) {
            const auto finite = std::stable_partition(all.begin(), all.end(),
                                                      [](const Scored& one) { return !std::isfinite(one.score); });
            const auto end = finite + std::min<std::ptrdiff_t>(k, all.end() - finite);
            std::partial_sort(finite, end, all.end(), [](const Scored& a, const Scored& b) {
              return a.score != b.score ? a.score > b.score : a.id < b.id;
            });
            all.erase(end, all.end());
            return all;
          };
          Arena arena;
          std::vector<std::int32_t> left = most;
          REQUIRE(ByteTable::can_narrow(left, k));
          left.resize(bytes.narrow_alone(vector, k, left, arena));
          CHECK(std::is_sorted(left.begin(), left.end()));
          CHECK(best_of(scored(left)) == best_of(scored(most)));
          if (&table == tables && (row == 0 || row == 4)) CHECK(left.size() < 10 * static_cast<std::size_t>(k) + 100);
        }
    }
  });
}

TEST_CASE("a list is worth narrowing where it is long and leaves few rows out") {
  std::vector<std::int32_t> ids;
  for (std::int32_t i = 0; i < 10'000; ++i) ids.push_back(5 + i);
  CHECK(ByteTable::can_narrow(ids, 1250));
  CHECK_FALSE(ByteTable::can_narrow(ids, 1251));
  CHECK_FALSE(ByteTable::can_narrow(std::span(ids).first(8191), 1));
  CHECK_FALSE(ByteTable::can_narrow({}, 1));
  for (std::int32_t i = 0; i < 10'000; ++i) ids[static_cast<std::size_t>(i)] = 3 * i;
  CHECK_FALSE(ByteTable::can_narrow(ids, 1));
}

TEST_CASE("rows whose rounding lies along the vector are not lost") {
  for_each_variant([] {
    constexpr std::int64_t kWidth = 64, kClasses = 640;
    const Tensor hidden = random_tensor({1, kWidth}, DType::F32, 1),
                 whole = whole_numbers({kClasses, kWidth}, DType::F32, 2);
    const auto score = [&](std::int64_t i) {
      float sum = 0;
      for (std::int64_t j = 0; j < kWidth; ++j) sum += hidden.at<float>({0, j}) * whole.at<float>({i, j});
      return sum;
    };
    // A scale of 1, set by the last element; what the bytes lose makes up for a part of the score.
    const Tensor table = table_of(kClasses, kWidth, [&](auto i, auto j) {
      if (j == kWidth - 1) return 127.0f;
      const float along = hidden.at<float>({0, j}) > 0 ? 1.0f : -1.0f;
      return whole.at<float>({i, j}) - std::min(0.49f, std::max(-0.49f, 0.02f * score(i))) * along;
    });
    check_exact(hidden, table, 10);
    check_exact(hidden, table, 1);
  });
}

TEST_CASE("excluded classes, in any order and repeated, are left out; what begins late begins there") {
  for_each_variant([] {
    const Tensor hidden = random_tensor({2, 16}, DType::F32, 1), table = random_tensor({1500, 16}, DType::F32, 2);
    const Ragged some{Windows::adjacent({0, 6, 6}), Index({1400, 3, 3, 900, 77, 0})};
    for (const std::int64_t first : {0, 1, 511, 512, 1000}) check_exact(hidden, table, 20, first, some);
    std::vector<std::int32_t> most;
    for (std::int32_t i = 0; i < 1495; ++i) most.push_back(i);
    check_exact(hidden, table, 20, 0, {Windows::adjacent({0, 1495, 2990}), Index([&] {
                                         std::vector<std::int32_t> twice = most;
                                         twice.insert(twice.end(), most.rbegin(), most.rend());
                                         return twice;
                                       }())});
  });
}

TEST_CASE("bytes stand for a row with the error that they say") {
  for_each_variant([] {
    constexpr std::int64_t kWidth = 61;
    for (const double size : {1e-20, 1e-3, 1.0, 1e10}) {
      const Tensor x = random_tensor({kWidth}, DType::F32, 3, size);
      std::int8_t codes[kWidth];
      const cpu::ByteRow row = cpu::to_bytes(kWidth, x.data<float>(), 63, codes);
      double error = 0, norm = 0;
      std::int32_t sum = 0, largest = 0;
      for (std::int64_t i = 0; i < kWidth; ++i) {
        const double stands_for = static_cast<double>(row.scale) * codes[i];
        error += std::pow(x.at<float>({i}) - stands_for, 2);
        norm += stands_for * stands_for;
        sum += codes[i];
        largest = std::max(largest, std::abs(codes[i]));
      }
      CHECK(row.sum == sum);
      CHECK(largest == 63);
      CHECK(row.error >= std::sqrt(error));
      CHECK(row.error <= 1.000001 * std::sqrt(error));
      CHECK(row.error <= 0.5 * row.scale * std::sqrt(kWidth));
      CHECK(row.norm >= std::sqrt(norm));
      CHECK(row.norm <= 1.000001 * std::sqrt(norm));
    }
    std::int8_t codes[3] = {1, 1, 1};
    for (const float large : {0x1p50f, kInf, kNan, -kInf}) {
      const float x[] = {1, large, 1};
      CHECK(cpu::to_bytes(3, x, 127, codes).error == kInf);
    }
    const float small[] = {3e-40f, 4e-40f, 0}, zeros[] = {0, -0.0f, 0};
    const cpu::ByteRow row = cpu::to_bytes(3, small, 127, codes);
    CHECK(row.scale == 0);
    CHECK(codes[1] == 0);
    CHECK(row.error >= 5e-40f);
    CHECK(row.error < 5.1e-40f);
    CHECK(cpu::to_bytes(3, zeros, 127, codes).error == 0);
  });
}

TEST_CASE("upper bounds are what their formula says, of one vector to four, with the largest bytes too") {
  for_each_variant([] {
    constexpr std::int64_t kPanels = 3, kQuads = 5, kStride = 64, kRows = cpu::kPanelRows;
    std::vector<std::uint8_t> data(kPanels * cpu::panel_bytes(kQuads));
    std::vector<std::int8_t> codes(4 * 4 * kQuads);
    Random random(random_stream(7, Purpose::Test, 1));
    for (auto& code : codes) code = static_cast<std::int8_t>(static_cast<int>(random.below(127)) - 63);
    std::fill_n(codes.begin(), 4 * kQuads, std::int8_t{63});
    std::fill_n(codes.begin() + 4 * kQuads, 4 * kQuads, std::int8_t{-63});
    std::vector<std::vector<int>> rows;
    std::vector<float> numbers;
    for (std::int64_t p = 0; p < kPanels; ++p)
      for (std::int64_t r = 0; r < kRows; ++r) {
        std::uint8_t* panel = data.data() + p * cpu::panel_bytes(kQuads);
        rows.emplace_back();
        for (std::int64_t j = 0; j < 4 * kQuads; ++j) {
          rows.back().push_back(r == 1 ? 127 : r == 2 ? -127 : static_cast<int>(random.below(255)) - 127);
          panel[4 * (j / 4 * kRows + r) + j % 4] = static_cast<std::uint8_t>(rows.back().back() + 128);
        }
        for (std::int64_t which = 0; which < 3; ++which) {
          numbers.push_back(static_cast<float>(random.uniform()));
          std::memcpy(panel + 4 * (kRows * kQuads + which * kRows + r), &numbers.back(), 4);
        }
      }
    for (std::int64_t n = 1; n <= 4; ++n) {
      cpu::ByteQuery queries[4];
      for (std::int64_t q = 0; q < n; ++q) {
        std::int32_t sum = 0;
        for (std::int64_t j = 0; j < 4 * kQuads; ++j) sum += codes[q * 4 * kQuads + j];
        queries[q] = {codes.data() + q * 4 * kQuads, -128 * sum, 2.0f + static_cast<float>(q), 3.0f, 0.5f};
      }
      std::vector<float> bounds(n * kStride, kNan);
      cpu::upper_bounds(kPanels, kQuads, data.data(), n, queries, bounds.data(), kStride, false);
      if (cpu::has_byte_products()) {
        std::vector<float> at_once(n * kStride, kNan);
        cpu::upper_bounds(kPanels, kQuads, data.data(), n, queries, at_once.data(), kStride, true);
        CHECK(std::memcmp(at_once.data(), bounds.data(), bounds.size() * sizeof(float)) == 0);
      }
      for (std::int64_t q = 0; q < n; ++q)
        for (std::size_t i = 0; i < rows.size(); ++i) {
          int dot = 0;
          for (std::int64_t j = 0; j < 4 * kQuads; ++j) dot += rows[i][j] * queries[q].codes[j];
          const double width = queries[q].of_norm * numbers[3 * i + 1] + 3.0 * numbers[3 * i + 2] + 0.5;
          CHECK(bounds[q * kStride + i] ==
                doctest::Approx(numbers[3 * i] * static_cast<double>(dot) + width).epsilon(1e-5));
        }
    }
  });
}

TEST_CASE("a table of bytes is used for f32 products alone") {
  const Tensor hidden = random_tensor({3, 64}, DType::F32, 1), table = random_tensor({900, 64}, DType::F32, 2);
  const ProductPrecisionScope scope(ProductPrecision::Bf16);
  check_exact(hidden, table, 10);
}

TEST_CASE("a table of bytes refuses what doesn't fit") {
  const std::string expected =
      "[byte_table] expected a contiguous f32 table on the CPU with rows of 1 to 2048 elements";
  for (const Tensor& table : {Tensor(), Tensor({4}), Tensor({4, 3}, DType::F64), Tensor({3, 4}).transpose(0, 1),
                              Tensor({4, 0}), Tensor({2, 2049})})
    CHECK(message_of([&] { ByteTable{table}; }) == expected);
  Tensor values({2, 3}), ids({2, 3}, DType::I32);
  CHECK(message_of([&] {
          ByteTable().score_topk(Tensor({2, 4}), 0, {}, 3, values, ids);
        }) == "[byte_table] there is no table");
  CHECK(message_of([&] {
          ByteTable(Tensor::zeros({7, 5})).score_topk(Tensor({2, 4}), 0, {}, 3, values, ids);
        }) == "[score_topk] table: expected (7, 4), got (7, 5)");
}
