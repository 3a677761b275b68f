#include "data/report.h"

#include "core/error.h"

namespace seqrec::data {

std::vector<std::string> DataReport::lines() const {
  std::vector<std::string> out;
  for (const FilterStep& step : filters) out.push_back(step.text);
  for (const Finding& finding : findings) out.push_back(finding.text);
  return out;
}

Json to_json(const DataReport& report) {
  Json filters = Json::array(), findings = Json::array();
  for (const FilterStep& step : report.filters) {
    Json entry = Json::object();
    entry["filter"] = step.filter;
    entry["file"] = step.file;
    entry["before"] = step.before;
    entry["after"] = step.after;
    entry["text"] = step.text;
    filters.push_back(entry);
  }
  for (const Finding& finding : report.findings) {
    Json entry = Json::object();
    entry["kind"] = finding.kind;
    entry["count"] = finding.count;
    entry["of"] = finding.of;
    entry["text"] = finding.text;
    findings.push_back(entry);
  }
  Json out = Json::object();
  out["filters"] = filters;
  out["findings"] = findings;
  return out;
}

std::string in_quotes(std::string_view token) { return concat("'", shown(token), "'"); }

std::string counted(std::int64_t count, std::string_view what) {
  return concat(count, " ", what, count == 1 ? "" : "s");
}

}  // namespace seqrec::data
