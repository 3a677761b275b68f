#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/json.h"
#include "train/row_results.h"

namespace seqrec::train {

/// Runs to compare: folders, or files of rows.
struct CompareRequest {
  std::vector<std::filesystem::path> runs;
  /// Ranking metrics of single targets (Hit, NDCG, ...) and lengths of lists; empty: those of the first run.
  std::vector<MetricInfo> metrics = {};
  std::vector<std::int64_t> topk = {};
  std::int64_t resamples = 2000;
  std::uint64_t seed = 2020;
};

/// A mean with its standard error and the interval that holds it in 95 of 100 cases.
struct Estimate {
  double value = 0, error = 0, low = 0, high = 0;
};

/// A configuration with its runs, which differ in nothing but the seed.
struct Configuration {
  std::string model;
  std::vector<std::string> runs;
};

/// Whether two configurations differ in a metric.
struct Difference {
  std::size_t first = 0, second = 0;  ///< configurations
  std::string metric;
  Estimate estimate;      ///< the second's less the first's
  double p = 1;           ///< of a difference so large or larger where there is none
  double holm = 1;        ///< the same, corrected for the number of tests in the family
  double detectable = 0;  ///< the difference that is found in 80 of 100 such tests (before the correction)
  double power_of_2 = 0;  ///< in which share of such tests a difference of 2 % of the first's value is found

  bool found() const { return holm <= 0.05; }
};

/// All rows, or those of a kind.
struct Stratum {
  std::string name;  ///< "all rows", "history of 1 to 20", "target seen 0 times (cold)"
  std::int64_t rows = 0;
  std::vector<std::string> metrics;
  std::vector<std::vector<Estimate>> estimates;  ///< [configurations][metrics]
  std::vector<Difference> differences;           ///< of each pair in each metric
};

/// Strata after the first, which is of all rows, have its first metric alone; their differences are a family of tests
/// of their own.
struct Comparison {
  std::string dataset;
  std::int64_t rows = 0, users = 0, resamples = 0;
  std::vector<Configuration> configurations;
  std::vector<Stratum> strata;
};
Json to_json(const Comparison& comparison);
/// As a table for people.
std::string to_text(const Comparison& comparison);

/// Compares what runs found about the same rows: by a paired bootstrap over users, whose rows stay together, and over
/// the runs of a configuration, if there are several. Runs whose config.json differs in seed and data_path alone are of
/// one configuration. UsageError for fewer than two runs, one that is named twice, or a metric that isn't of single
/// targets; DataError where rows are not the same, with what differs.
Comparison compare(const CompareRequest& request);

/// A run's rows, read.
struct ComparedRun {
  std::string name, configuration;  ///< runs of one configuration have the same text
  RowResults rows;
};
/// Errors as rows_path's and RowResults::load's.
ComparedRun compared_run(const std::filesystem::path& run);
/// DataError unless two runs tested the same rows in the same way, with what differs.
void check_same_rows(const ComparedRun& first, const ComparedRun& other);

/// The same of rows that are read already. Of one run, or of the runs of one configuration, there are estimates and no
/// differences.
Comparison compare(const std::vector<ComparedRun>& runs, const CompareRequest& request);

}  // namespace seqrec::train
