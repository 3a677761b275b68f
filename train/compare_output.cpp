// A comparison for people and for programs.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "train/compare.h"

namespace seqrec::train {
namespace {

std::string number(double value, const char* format = "%.4f") {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string interval(const Estimate& estimate, const char* format) {
  return number(estimate.value, format) + " [" + number(estimate.low, format) + ", " + number(estimate.high, format) +
         "]";
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 2, width), ' ');
  return text;
}

/// a, b, ..., z, a1, b1, ...
std::string letter(std::size_t configuration) {
  const std::string out(1, static_cast<char>('a' + configuration % 26));
  return configuration < 26 ? out : out + std::to_string(configuration / 26);
}

std::string verdict(const Difference& difference) {
  if (difference.found())
    return letter(difference.estimate.value > 0 ? difference.second : difference.first) + " is better";
  if (difference.detectable == 0) return "no difference in any row";
  return "no difference found; one of " + number(difference.detectable) +
         " would be in 80 % of such tests, one of 2 % in " + number(100 * difference.power_of_2, "%.0f") + " %";
}

std::string table(const Stratum& stratum) {
  std::string out;
  for (std::size_t m = 0; m < stratum.metrics.size(); ++m) {
    for (std::size_t c = 0; c < stratum.estimates.size(); ++c)
      out += "  " + padded(stratum.metrics[m], 14) + padded(letter(c), 7) + interval(stratum.estimates[c][m], "%.4f") +
             "\n";
    for (const Difference& difference : stratum.differences)
      if (difference.metric == stratum.metrics[m])
        out += "  " + padded(difference.metric, 14) +
               padded(letter(difference.second) + " - " + letter(difference.first), 7) +
               interval(difference.estimate, "%+.4f") + "  p " + number(difference.p) + ", Holm " +
               number(difference.holm) + ": " + verdict(difference) + "\n";
  }
  return out;
}

Json to_json(const Estimate& estimate) { return Json::Array{estimate.value, estimate.low, estimate.high}; }

Json to_json(const Difference& difference) {
  return Json::Object{{"first", static_cast<std::int64_t>(difference.first)},
                      {"second", static_cast<std::int64_t>(difference.second)},
                      {"metric", difference.metric},
                      {"difference", to_json(difference.estimate)},
                      {"p", difference.p},
                      {"p_holm", difference.holm},
                      {"found", difference.found()},
                      {"detectable", difference.detectable},
                      {"power_of_2_percent", difference.power_of_2}};
}

Json to_json(const Stratum& stratum) {
  Json::Array configurations, differences;
  for (const auto& estimates : stratum.estimates) {
    Json metrics = Json::object();
    for (std::size_t m = 0; m < stratum.metrics.size(); ++m) metrics[stratum.metrics[m]] = to_json(estimates[m]);
    configurations.push_back(std::move(metrics));
  }
  for (const Difference& difference : stratum.differences) differences.push_back(to_json(difference));
  return Json::Object{{"rows_of", stratum.name},
                      {"rows", stratum.rows},
                      {"metrics", std::move(configurations)},
                      {"differences", std::move(differences)}};
}

}  // namespace

Json to_json(const Comparison& comparison) {
  Json::Array configurations, strata;
  for (const Configuration& configuration : comparison.configurations)
    configurations.push_back(Json::Object{{"model", configuration.model},
                                          {"runs", Json::Array(configuration.runs.begin(), configuration.runs.end())}});
  for (const Stratum& stratum : comparison.strata) strata.push_back(to_json(stratum));
  return Json::Object{
      {"event", "comparison"},      {"dataset", comparison.dataset},     {"rows", comparison.rows},
      {"users", comparison.users},  {"resamples", comparison.resamples}, {"configurations", std::move(configurations)},
      {"strata", std::move(strata)}};
}

std::string to_text(const Comparison& comparison) {
  std::string out = concat(comparison.rows, " rows of ", comparison.users, " users of ", comparison.dataset, ", ",
                           comparison.resamples, " resamples\n");
  bool one_run = false;
  for (std::size_t c = 0; c < comparison.configurations.size(); ++c) {
    const Configuration& configuration = comparison.configurations[c];
    out += "  " + padded(letter(c), 3) + configuration.model + ":";
    for (const std::string& run : configuration.runs) out += " " + run;
    out += "\n";
    one_run = one_run || configuration.runs.size() == 1;
  }
  if (one_run)
    out += "One run alone says nothing about other seeds: the intervals are of the rows. Give runs of several seeds.\n";
  for (const Stratum& stratum : comparison.strata)
    out += concat("\n", stratum.name, " (", stratum.rows, " rows)\n", table(stratum));
  return out;
}

}  // namespace seqrec::train
