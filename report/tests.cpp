// What the tests came to: metrics with intervals, baselines, differences, kinds of rows.
#include <algorithm>

#include "core/concat.h"
#include "core/error.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/sections.h"
#include "train/protocol.h"

namespace seqrec::report {
namespace {

using train::Comparison;
using train::Estimate;

/// Runs whose rows are the same stand in one comparison.
struct Estimated {
  std::vector<Comparison> parts;
  std::string apart;  ///< why there are several
};

Estimated estimate(const std::vector<train::ComparedRun>& rows) {
  Estimated out;
  std::vector<std::vector<train::ComparedRun>> groups;
  for (const train::ComparedRun& run : rows) {
    const auto is_of = [&](const std::vector<train::ComparedRun>& group) {
      try {
        train::check_same_rows(group[0], run);
        return true;
      } catch (const DataError& error) {
        if (out.apart.empty()) out.apart = error.what();
        return false;
      }
    };
    const auto group = std::ranges::find_if(groups, is_of);
    (group == groups.end() ? groups.emplace_back() : *group).push_back(run);
  }
  for (const auto& group : groups) out.parts.push_back(train::compare(group, {.runs = {}}));
  return out;
}

std::string name_of(const train::Configuration& configuration) {
  std::string out;
  for (const std::string& run : configuration.runs) out += concat(out.empty() ? "" : ", ", run);
  return configuration.runs.size() > 1 ? concat("mean of ", out) : out;
}

constexpr std::int64_t kDrawnRows = 20;  // fewer give an interval that would set the scale of all

std::string interval(const Estimate& estimate) {
  return concat(decimal(estimate.value, 4), " <span class=\"quiet\">[", decimal(estimate.low, 4), ", ",
                decimal(estimate.high, 4), "]</span>");
}

bool is_of(const Comparison& comparison, const Run& run) {
  return std::ranges::any_of(comparison.configurations, [&](const train::Configuration& configuration) {
    return std::ranges::find(configuration.runs, run.name) != configuration.runs.end();
  });
}

/// What baselines came to in a metric, of the first of a comparison's runs that tested any.
struct Baseline {
  std::string name;
  double value;
  std::int64_t rows;  ///< of the test, which may have more
};
std::vector<Baseline> baselines_of(const std::vector<Run>& runs, const Comparison& comparison,
                                   const std::string& metric) {
  std::vector<Baseline> out;
  for (const Run& run : runs) {
    if (!is_of(comparison, run) || !run.result || run.result->baselines.empty()) continue;
    for (const auto& [name, values] : run.result->baselines.tests)
      if (const double* value = train::find(values, metric)) out.push_back({name, *value, run.result->baselines.rows});
    break;
  }
  return out;
}

/// A configuration has the colour that its first run has in all charts.
std::size_t series_of(const train::Configuration& configuration, const std::vector<Run>& runs) {
  const auto run = std::ranges::find(runs, configuration.runs.at(0), &Run::name);
  return static_cast<std::size_t>(run - runs.begin());
}

std::string metrics(const Comparison& comparison, const std::vector<Run>& runs) {
  Table table({"Metric", "Run", "Value [95 % interval]", ""});
  const train::Stratum& all = comparison.strata[0];
  for (std::size_t m = 0; m < all.metrics.size(); ++m) {
    const std::vector<Baseline> baselines = baselines_of(runs, comparison, all.metrics[m]);
    double most = 0;
    for (const auto& estimates : all.estimates) most = std::max(most, estimates[m].high);
    for (const Baseline& baseline : baselines) most = std::max(most, baseline.value);
    for (std::size_t c = 0; c < all.estimates.size(); ++c) {
      const Estimate& e = all.estimates[c][m];
      table.add({c == 0 ? html(all.metrics[m]) : "", html(name_of(comparison.configurations[c])), interval(e),
                 interval_bar({e.low, e.value, e.high, series_of(comparison.configurations[c], runs)}, most)},
                c == 0 ? "first" : "");
    }
    for (const Baseline& baseline : baselines)
      table.add({"",
                 concat("<span class=\"quiet\">", html(baseline.name), ", a baseline",
                        baseline.rows == comparison.rows ? "" : concat(" in ", grouped(baseline.rows), " of the rows"),
                        "</span>"),
                 decimal(baseline.value, 4), interval_bar({baseline.value, baseline.value, baseline.value, 7}, most)});
  }
  return table.done();
}

std::string differences(const Comparison& comparison) {
  Table table({"Metric", "Of", "Less that of", "Difference [95 % interval]", "p (Holm)", ""});
  for (const train::Difference& d : comparison.strata[0].differences) {
    const std::string first = html(name_of(comparison.configurations[d.first])),
                      second = html(name_of(comparison.configurations[d.second]));
    table.add({html(d.metric), second, first, interval(d.estimate), decimal(d.holm, 4),
               d.found() ? "differ"
                         : concat("not told apart; ", decimal(d.detectable, 4), " would be in 80 % of such tests")});
  }
  return table.empty() ? "" : concat("<h3>Differences</h3>\n", table.done());
}

std::string strata(const Comparison& comparison, const std::vector<Run>& runs) {
  const auto& kinds = comparison.strata;
  Table table({concat(kinds[0].metrics[0], " of rows with"), "Rows", "Run", "Value [95 % interval]", ""});
  double most = 0;
  for (const train::Stratum& kind : kinds)
    for (const auto& estimates : kind.estimates)
      if (kind.rows >= kDrawnRows) most = std::max(most, estimates[0].high);
  for (std::size_t s = 1; s < kinds.size(); ++s)
    for (std::size_t c = 0; c < kinds[s].estimates.size(); ++c) {
      const Estimate& e = kinds[s].estimates[c][0];
      table.add({c == 0 ? html(kinds[s].name) : "", c == 0 ? grouped(kinds[s].rows) : "",
                 html(name_of(comparison.configurations[c])), interval(e),
                 kinds[s].rows < kDrawnRows
                     ? "<span class=\"quiet\">few rows</span>"
                     : interval_bar({e.low, e.value, e.high, series_of(comparison.configurations[c], runs)}, most)},
                c == 0 ? "first" : "");
    }
  return table.empty() ? "" : concat("<h3>Kinds of rows</h3>\n", table.done());
}

std::string part(const Comparison& comparison, const std::vector<Run>& runs) {
  return concat("<p>", grouped(comparison.rows), " rows of ", grouped(comparison.users), " users of ",
                html(comparison.dataset), "; intervals by a bootstrap over users, ", grouped(comparison.resamples),
                " resamples.</p>\n", metrics(comparison, runs), differences(comparison), strata(comparison, runs));
}

/// Where nothing was ranked, or the rows of the test aren't kept: the figures alone.
std::string plain(const Run& run) {
  if (!run.result || run.result->test.empty()) return "";
  Table table({"Metric", "Value"});
  for (const auto& [metric, value] : run.result->test) table.add({html(metric), decimal(value, 4)});
  return concat("<h3>", html(run.name), "</h3>\n", table.done());
}

std::string protocols(const std::vector<Run>& runs) {
  Table table({"Protocol", "", ""});
  for (const Run& run : runs) {
    if (!run.result) continue;
    bool first = true;
    for (const auto& [name, text] : train::protocol_lines(run.result->protocol)) {
      table.add({first ? html(run.name) : "", html(name), long_text(text)}, first ? "first" : "");
      first = false;
    }
  }
  return table.empty() ? "" : concat("<h3>Under which conditions</h3>\n", table.done());
}

}  // namespace

std::string tests(const std::vector<Run>& runs, const std::vector<train::ComparedRun>& rows) {
  const Estimated estimated = estimate(rows);
  std::string body;
  if (!estimated.apart.empty())
    body += concat("<p class=\"warning\">Not the same rows: ", html(estimated.apart), "</p>\n");
  for (const Comparison& comparison : estimated.parts) body += part(comparison, runs);
  for (const Run& run : runs)
    if (std::ranges::find(rows, run.name, &train::ComparedRun::name) == rows.end()) body += plain(run);
  body += protocols(runs);
  return body.empty() ? "" : concat("<section><h2>Test</h2>\n", body, "</section>\n");
}

}  // namespace seqrec::report
