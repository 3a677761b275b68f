#include "data/splitting.h"

#include <algorithm>

#include "data/point_split.h"

namespace seqrec::data {
namespace {

/// How many of a history's rows go to train, valid and test when the last ones are left out: at least one trains.
SplitCounts leave_out_counts(std::int64_t total, const std::string& mode) {
  const std::int64_t wanted = mode == "valid_and_test" ? 2 : 1;
  const std::int64_t left = std::min(wanted, std::max<std::int64_t>(total - 1, 0));
  // With one row to leave out of two wanted it is the test's: RecBole fills the last part first.
  if (mode == "valid_and_test") return {total - left, left == 2 ? 1 : 0, left >= 1 ? 1 : 0};
  if (mode == "valid_only") return {total - left, left, 0};
  return {total - left, 0, left};
}

/// Every user's rows, in order, cut into three.
template <class F>
void split_by_history(Dataset& dataset, F&& counts_of) {
  for (std::int64_t h = 0; h < dataset.histories(); ++h) {
    const auto length = static_cast<std::int32_t>(dataset.offsets[h + 1] - dataset.offsets[h]);
    if (length < 2) continue;
    const SplitCounts counts = counts_of(std::int64_t{length - 1});
    for (std::int32_t position = 1; position < length; ++position) {
      const std::int64_t row = position - 1;
      (row < counts[0]               ? dataset.train
       : row < counts[0] + counts[1] ? dataset.valid
                                     : dataset.test)
          .push_back({static_cast<std::int32_t>(h), position});
    }
  }
}

/// All rows in order of time, cut into three; each part is put in order of history again.
void split_over_all(Dataset& dataset, const std::array<double, 3>& ratios, std::span<const std::int64_t> keys) {
  std::vector<Row> rows;
  for (std::int64_t h = 0; h < dataset.histories(); ++h)
    for (std::int64_t place = dataset.offsets[h] + 1; place < dataset.offsets[h + 1]; ++place)
      rows.push_back({static_cast<std::int32_t>(h), static_cast<std::int32_t>(place - dataset.offsets[h])});
  const auto key_of = [&](Row row) {
    return keys[static_cast<std::size_t>(dataset.offsets[row.history] + row.position)];
  };
  std::stable_sort(rows.begin(), rows.end(), [&](Row a, Row b) { return key_of(a) < key_of(b); });
  const SplitCounts counts = split_counts(static_cast<std::int64_t>(rows.size()), ratios);
  auto begin = rows.begin();
  for (std::size_t part = 0; part < 3; ++part) {
    const auto end = begin + counts[part];
    std::sort(begin, end,
              [](Row a, Row b) { return a.history != b.history ? a.history < b.history : a.position < b.position; });
    (part == 0 ? dataset.train : part == 1 ? dataset.valid : dataset.test) = RowList(begin, end);
    begin = end;
  }
}

}  // namespace

std::array<double, 3> split_ratios(const Json& list) {
  std::array<double, 3> ratios;
  double sum = 0;
  for (std::size_t i = 0; i < 3; ++i) sum += ratios[i] = list.as_array()[i].as_double();
  for (double& ratio : ratios) ratio /= sum;
  return ratios;
}

SplitCounts split_counts(std::int64_t total, const std::array<double, 3>& ratios) {
  const double rows = static_cast<double>(total);
  SplitCounts counts;
  for (std::size_t i = 1; i < 3; ++i) counts[i] = static_cast<std::int64_t>(ratios[i] * rows);
  counts[0] = total - counts[1] - counts[2];
  // A part that would get a fraction of a row gets one while the first has more than one, the last part first.
  for (std::size_t i = 2; i >= 1 && counts[0] > 1; --i)
    if (0 < ratios[i] * rows && ratios[i] * rows < 1) {
      ++counts[i];
      --counts[0];
    }
  return counts;
}

void hold_out_last_rows(Dataset& dataset, const Config& config) {
  const char* const key = "benchmark_valid_ratio";
  const double ratio = config.get_double(key);
  if (ratio == 0) return;
  if (config.is_null("benchmark_filename") || !config.at("benchmark_filename").as_array()[1].is_null())
    config.fail(key, "0 without benchmark_filename, or where it names a validation file");
  const std::size_t rows = dataset.train.size();
  const std::size_t left = rows - static_cast<std::size_t>(ratio * static_cast<double>(rows));
  dataset.valid = dataset.train.slice(left, rows);
  dataset.train = dataset.train.slice(0, left);
}

namespace {

RowList& rows_of(Dataset& dataset, std::uint8_t part) {
  return part == 0 ? dataset.train : part == 1 ? dataset.valid : dataset.test;
}

}  // namespace

void split_by_part(Dataset& dataset, const SharedArray<std::uint8_t>& parts) {
  for (std::int64_t h = 0; h < dataset.histories(); ++h)
    for (std::int64_t place = dataset.offsets[h] + 1; place < dataset.offsets[h + 1]; ++place)
      rows_of(dataset, parts[place])
          .push_back({static_cast<std::int32_t>(h), static_cast<std::int32_t>(place - dataset.offsets[h])});
}

void split_by_history_part(Dataset& dataset, const SharedArray<std::uint8_t>& parts) {
  for (std::int64_t h = 0; h < dataset.histories(); ++h)
    rows_of(dataset, parts[h])
        .push_back(
            {static_cast<std::int32_t>(h), static_cast<std::int32_t>(dataset.offsets[h + 1] - dataset.offsets[h] - 1)});
}

void split_rows(Dataset& dataset, const Config& config, const TimeScale& scale, std::span<const std::int64_t> keys,
                const std::string& file) {
  const Json& args = config.at("eval_args");
  const auto& [mode, value] = args.at("split").as_object()[0];
  if (!keys.empty())
    dataset.facts.ticks_per_second = ticks_per_second(scale.time(*std::max_element(keys.begin(), keys.end())));
  if (mode == "TS" || mode == "GTS") {
    split_at_points(dataset, config, scale, keys, file);
  } else if (mode == "LS") {
    const std::string& name = value.as_string();
    split_by_history(dataset, [&](std::int64_t total) { return leave_out_counts(total, name); });
  } else if (args.at("group_by").as_string() == "user") {
    const std::array<double, 3> ratios = split_ratios(value);
    split_by_history(dataset, [&](std::int64_t total) { return split_counts(total, ratios); });
  } else {
    split_over_all(dataset, split_ratios(value), keys);
  }
}

}  // namespace seqrec::data
