#include <algorithm>

#include "core/concat.h"
#include "report/html.h"
#include "report/sections.h"

namespace seqrec::report {
namespace {

/// The keys of all runs, in order of appearance.
std::vector<std::string> keys_of(const std::vector<Run>& runs) {
  std::vector<std::string> out;
  for (const Run& run : runs)
    for (const auto& [key, value] : run.config.as_object())
      if (std::ranges::find(out, key) == out.end()) out.push_back(key);
  return out;
}

bool is_default(const Run& run, const std::string& key) {
  const Json *value = run.config.find(key), *usual = run.defaults.find(key);
  return value && usual && *value == *usual;
}

std::string cell(const Run& run, const std::string& key) {
  const Json* value = run.config.find(key);
  if (!value) return "–";
  const std::string text =
      concat("<code>", long_text(value->is_string() ? value->as_string() : value->dump()), "</code>");
  return is_default(run, key) ? text : concat("<b>", text, "</b>");
}

}  // namespace

std::string configuration(const std::vector<Run>& runs) {
  std::vector<std::string> columns{"Key"};
  for (const Run& run : runs) columns.push_back(run.name);
  Table written(columns), others(columns);
  for (const std::string& key : keys_of(runs)) {
    std::vector<std::string> cells{concat("<code>", html(key), "</code>")};
    for (const Run& run : runs) cells.push_back(cell(run, key));
    const bool same =
        std::ranges::all_of(cells, [&](const std::string& c) { return &c == &cells[0] || c == cells[1]; });
    const bool usual = std::ranges::all_of(runs, [&](const Run& run) { return is_default(run, key); });
    (usual ? others : written).add(cells, same ? "" : "differs");
  }
  std::string out = "<section><h2>Configuration</h2>\n<p>What isn't the default is bold";
  out += runs.size() > 1 ? "; rows in which the runs differ are marked.</p>\n" : ".</p>\n";
  out += written.done();
  if (!others.empty())
    out += concat("<details><summary>Keys with their defaults</summary>\n", others.done(), "</details>\n");
  return out + "</section>\n";
}

}  // namespace seqrec::report
