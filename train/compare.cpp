#include "train/compare.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/error.h"
#include "core/file.h"
#include "core/random.h"
#include "core/shown.h"
#include "train/bootstrap.h"
#include "train/json_file.h"
#include "train/strata.h"

namespace seqrec::train {
namespace {

constexpr double kTwoSided5 = 1.959964, kPower80 = 0.841621;  // quantiles of the normal distribution

/// What tells a configuration from others.
std::string configuration_of(const std::filesystem::path& run) {
  const std::filesystem::path file = run / "config.json";
  if (!is_folder(run) || !file_exists(file)) return run.string();
  return read_json(file, [](const Json& stored) {
    Json config = Json::object();
    for (const auto& [key, value] : stored.as_object())
      if (key != "seed" && key != "data_path") config[key] = value;
    return config.dump();
  });
}

struct Measure {
  MetricInfo info;
  std::int64_t k;
  std::string name() const { return concat(info.key(), "@", k); }
};

std::vector<Measure> measures_of(const CompareRequest& request, const MetricChoice& of_run) {
  std::vector<Measure> out;
  for (const MetricInfo& info : request.metrics.empty() ? of_run.metrics : request.metrics) {
    const bool single = info.kind == MetricInfo::Kind::TopK;
    require<UsageError>(
        single || request.metrics.empty(), info.name,
        " can't be compared: it is no mean over rows, as Hit, MRR, NDCG, Recall, Precision and MAP are");
    if (!single) continue;
    for (const std::int64_t k : request.topk.empty() ? of_run.topk : request.topk) out.push_back({info, k});
  }
  require<UsageError>(!out.empty(), "the runs have no metric that is a mean over rows: name some by --metrics");
  return out;
}

/// The columns of the units: a count for each stratum, then the metrics of each, run by run.
class Columns {
 public:
  Columns(std::size_t strata, std::size_t runs, std::size_t measures)
      : strata_(strata), runs_(runs), measures_(measures) {}
  std::size_t size() const { return of(strata_, 0, 0); }
  std::size_t of(std::size_t stratum, std::size_t run, std::size_t measure) const {
    if (stratum == 0) return strata_ + run * measures_ + measure;
    return strata_ + runs_ * measures_ + (stratum - 1) * runs_ + run;
  }

 private:
  std::size_t strata_, runs_, measures_;
};

/// Units by user; a row of a user that the model doesn't know is one of its own.
std::vector<std::size_t> units_of(const RowResults& rows, std::size_t& units) {
  std::map<std::int32_t, std::size_t> of_user;
  std::vector<std::size_t> out(static_cast<std::size_t>(rows.groups()));
  units = 0;
  for (std::size_t row = 0; row < rows.user.size(); ++row) {
    if (row > 0 && rows.group[row] == rows.group[row - 1]) continue;
    const auto unit = rows.user[row] == 0 ? units : of_user.try_emplace(rows.user[row], units).first->second;
    out[rows.group[row]] = unit;
    units = std::max(units, unit + 1);
  }
  return out;
}

/// The means of configurations in each resample: of their runs, which are drawn with replacement too. The mean of S
/// runs that are drawn so varies (S - 1) / S as much as the runs do, which is made up for.
std::vector<double> of_configuration(const std::vector<std::size_t>& columns, const Bootstrap& drawn,
                                     std::size_t all_columns, std::uint64_t seed, std::size_t configuration) {
  const std::size_t resamples = drawn.resamples.size() / all_columns, runs = columns.size();
  const double spread = runs > 1 ? std::sqrt(static_cast<double>(runs) / static_cast<double>(runs - 1)) : 0;
  std::vector<double> out(resamples);
  for (std::size_t r = 0; r < resamples; ++r) {
    const double* const values = drawn.resamples.data() + r * all_columns;
    Random random(random_stream(seed, Purpose::Bootstrap, (configuration + 1) << 32 | r));
    double mean = 0, of_drawn = 0;
    for (const std::size_t column : columns) mean += values[column] / static_cast<double>(runs);
    for (std::size_t i = 0; runs > 1 && i < runs; ++i)
      of_drawn += values[columns[random.below(static_cast<std::uint32_t>(runs))]] / static_cast<double>(runs);
    out[r] = mean + spread * (of_drawn - mean);
  }
  return out;
}

/// The standard deviation of what resamples came to, which is the standard error of what all rows did.
double deviation(const std::vector<double>& resamples) {
  double mean = 0, square = 0;
  for (const double value : resamples) mean += value / static_cast<double>(resamples.size());
  for (const double value : resamples) square += (value - mean) * (value - mean);
  return std::sqrt(square / static_cast<double>(resamples.size() - 1));
}

Estimate estimate_of(double value, std::vector<double> resamples) {
  std::sort(resamples.begin(), resamples.end());
  const auto at = [&](double share) {
    return resamples[static_cast<std::size_t>(std::lround(share * static_cast<double>(resamples.size() - 1)))];
  };
  return {value, deviation(resamples), at(0.025), at(0.975)};
}

double normal_below(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

Difference difference_of(double first, const std::vector<double>& of_first, double second,
                         const std::vector<double>& of_second) {
  const double value = second - first;
  std::vector<double> differences(of_first.size());
  std::transform(of_second.begin(), of_second.end(), of_first.begin(), differences.begin(), std::minus<>());
  const auto as_large = std::ranges::count_if(
      differences, [&](double difference) { return std::abs(difference - value) >= std::abs(value); });
  Difference out;
  out.estimate = estimate_of(value, differences);
  const double error = out.estimate.error, wanted = 0.02 * std::abs(first) / std::max(error, 1e-300);
  out.p = static_cast<double>(as_large + 1) / static_cast<double>(differences.size() + 1);
  out.detectable = (kTwoSided5 + kPower80) * error;
  out.power_of_2 = normal_below(wanted - kTwoSided5) + normal_below(-wanted - kTwoSided5);
  return out;
}

void correct(std::vector<Difference*> family) {
  std::vector<double> p;
  for (const Difference* difference : family) p.push_back(difference->p);
  const std::vector<double> corrected = holm(p);
  for (std::size_t i = 0; i < family.size(); ++i) family[i]->holm = corrected[i];
}

/// The runs [configurations] by configuration, in order of appearance, which `out` names.
std::vector<std::vector<std::size_t>> by_configuration(const std::vector<ComparedRun>& runs, Comparison& out) {
  std::vector<std::string> keys;
  std::vector<std::vector<std::size_t>> runs_of;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    const std::size_t c = std::ranges::find(keys, runs[run].configuration) - keys.begin();
    if (c == keys.size()) {
      keys.push_back(runs[run].configuration);
      out.configurations.push_back({runs[run].rows.model, {}});
      runs_of.emplace_back();
    }
    out.configurations[c].runs.push_back(runs[run].name);
    runs_of[c].push_back(run);
  }
  return runs_of;
}

/// What is measured in a stratum: in all rows everything, in the others the first metric.
std::size_t measured(std::size_t stratum, const std::vector<Measure>& measures) {
  return stratum == 0 ? measures.size() : 1;
}

/// Counts and metrics, summed up by user.
Units sums_of(const std::vector<ComparedRun>& runs, const std::vector<Measure>& measures,
              const std::vector<RowStratum>& strata, const Columns& columns) {
  std::size_t n = 0;
  const std::vector<std::size_t> unit_of = units_of(runs[0].rows, n);
  Units units{columns.size(), std::vector<double>(n * columns.size()), std::vector<std::size_t>(columns.size())};
  const auto add = [&](std::size_t group, std::size_t column, double value) {
    units.sums[unit_of[group] * units.columns + column] += value;
  };
  for (std::size_t s = 0; s < strata.size(); ++s) {
    units.divisor[s] = s;
    for (const std::size_t group : strata[s].groups) add(group, s, 1);
  }
  for (std::size_t run = 0; run < runs.size(); ++run)
    for (std::size_t m = 0; m < measures.size(); ++m) {
      const std::vector<double> values = group_metric(runs[run].rows, measures[m].info, measures[m].k);
      for (std::size_t s = 0; s < strata.size() && m < measured(s, measures); ++s) {
        units.divisor[columns.of(s, run, m)] = s;
        for (const std::size_t group : strata[s].groups) add(group, columns.of(s, run, m), values[group]);
      }
    }
  return units;
}

/// A metric of each configuration in a stratum, and the differences of each two.
class Compared {
 public:
  Compared(const std::vector<std::vector<std::size_t>>& runs_of, const Columns& columns, const Bootstrap& drawn,
           std::uint64_t seed)
      : runs_of_(runs_of), columns_(columns), drawn_(drawn), seed_(seed) {}

  void add(std::size_t s, std::size_t m, const std::string& metric, Stratum& stratum) const {
    stratum.metrics.push_back(metric);
    std::vector<double> values;
    std::vector<std::vector<double>> resamples;
    for (std::size_t c = 0; c < runs_of_.size(); ++c) {
      std::vector<std::size_t> of_runs;
      for (const std::size_t run : runs_of_[c]) of_runs.push_back(columns_.of(s, run, m));
      double& value = values.emplace_back(0);
      for (const std::size_t column : of_runs) value += drawn_.means[column] / static_cast<double>(of_runs.size());
      resamples.push_back(of_configuration(of_runs, drawn_, columns_.size(), seed_, c));
      stratum.estimates[c].push_back(estimate_of(value, resamples[c]));
    }
    for (std::size_t a = 0; a < values.size(); ++a)
      for (std::size_t b = a + 1; b < values.size(); ++b) {
        Difference difference = difference_of(values[a], resamples[a], values[b], resamples[b]);
        difference.first = a;
        difference.second = b;
        difference.metric = metric;
        stratum.differences.push_back(difference);
      }
  }

 private:
  const std::vector<std::vector<std::size_t>>& runs_of_;
  const Columns& columns_;
  const Bootstrap& drawn_;
  std::uint64_t seed_;
};

}  // namespace

ComparedRun compared_run(const std::filesystem::path& run) {
  return {run.string(), configuration_of(run), RowResults::load(rows_path(run))};
}

void check_same_rows(const ComparedRun& first, const ComparedRun& other) {
  const auto check = [&](bool same, const auto&... what) {
    require<DataError>(same, other.name, " can't be compared with ", first.name, ": ", what...);
  };
  const RowResults &a = first.rows, &b = other.rows;
  check(a.dataset == b.dataset, "its rows are of ", b.dataset, ", not of ", a.dataset);
  check(a.mode == b.mode, "its targets were ranked among other candidates (eval_args.mode)");
  check(a.user_fingerprint == b.user_fingerprint, "its users are not the same, or in another order");
  check(a.item_fingerprint == b.item_fingerprint, "its items are not the same, or in another order");
  check(a.rows() == b.rows(), "it has ", b.rows(), " rows, not ", a.rows());
  const auto check_each = [&](const char* what, const auto& mine, const auto& theirs) {
    for (std::size_t row = 0; row < mine.size(); ++row)
      check(mine[row] == theirs[row], "row ", row, " has ", what, " ", theirs[row], ", not ", mine[row]);
  };
  check_each("user", a.user, b.user);
  check_each("target", a.target, b.target);
  check_each("place", a.place, b.place);
  check_each("history length", a.history_length, b.history_length);
  check_each("popularity", a.popularity, b.popularity);
  check_each("group", a.group, b.group);
  check_each("number of candidates", a.candidates, b.candidates);
}

Comparison compare(const std::vector<ComparedRun>& runs, const CompareRequest& request) {
  require<UsageError>(!runs.empty(), "expected a run to compare, got none");
  for (const ComparedRun& run : runs) {
    require<DataError>(!run.rows.rank.empty(), run.name, ": nothing was ranked in it (eval_args.mode labeled), there ",
                       "is nothing to compare");
    check_same_rows(runs[0], run);
  }
  const RowResults& rows = runs[0].rows;
  const std::vector<Measure> measures = measures_of(request, rows.choice);
  const std::vector<RowStratum> strata = strata_of(rows);
  Comparison out{rows.dataset, rows.groups(), 0, request.resamples, {}, {}};
  const std::vector<std::vector<std::size_t>> runs_of = by_configuration(runs, out);
  const Columns columns(strata.size(), runs.size(), measures.size());
  const Units units = sums_of(runs, measures, strata, columns);
  out.users = static_cast<std::int64_t>(units.size());
  const Bootstrap drawn = bootstrap(units, request.resamples, request.seed);

  const Compared compared(runs_of, columns, drawn, request.seed);
  for (std::size_t s = 0; s < strata.size(); ++s) {
    Stratum& stratum = out.strata.emplace_back();
    stratum.name = strata[s].name;
    stratum.rows = std::ssize(strata[s].groups);
    stratum.estimates.resize(runs_of.size());
    for (std::size_t m = 0; m < measured(s, measures); ++m) compared.add(s, m, measures[m].name(), stratum);
  }
  std::vector<Difference*> of_all, of_strata;
  for (std::size_t s = 0; s < out.strata.size(); ++s)
    for (Difference& difference : out.strata[s].differences) (s == 0 ? of_all : of_strata).push_back(&difference);
  correct(of_all);
  correct(of_strata);
  return out;
}

Comparison compare(const CompareRequest& request) {
  require<UsageError>(request.runs.size() >= 2, "expected at least two runs to compare, got ", request.runs.size());
  std::vector<ComparedRun> runs;
  for (const std::filesystem::path& run : request.runs) {
    for (const ComparedRun& other : runs)
      require<UsageError>(canonical(rows_path(run)) != canonical(rows_path(other.name)), shown(run.string()),
                          " is named twice", other.name == run ? "" : concat(", as ", shown(other.name), " too"));
    runs.push_back(compared_run(run));
  }
  return compare(runs, request);
}

}  // namespace seqrec::train
