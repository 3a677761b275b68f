#include "data/report.h"

#include <utility>

#include "core/error.h"
#include "core/shown.h"

namespace seqrec::data {

std::vector<std::string> DataReport::lines() const {
  std::vector<std::string> out;
  for (const FilterStep& step : filters) out.push_back(step.text);
  for (const Finding& finding : findings) out.push_back(finding.text);
  return out;
}

Json to_json(const DataReport& report) {
  Json::Array filters, findings;
  for (const FilterStep& step : report.filters)
    filters.push_back(Json::Object{{"filter", step.filter},
                                   {"file", step.file},
                                   {"before", step.before},
                                   {"after", step.after},
                                   {"text", step.text}});
  for (const Finding& finding : report.findings)
    findings.push_back(
        Json::Object{{"kind", finding.kind}, {"count", finding.count}, {"of", finding.of}, {"text", finding.text}});
  return Json::Object{{"filters", std::move(filters)}, {"findings", std::move(findings)}};
}

DataReport report_of(const Json& json) {
  DataReport out;
  for (const Json& step : json.at("filters").as_array())
    out.filters.push_back({step.at("filter").as_string(), step.at("file").as_string(), step.at("before").as_int(),
                           step.at("after").as_int(), step.at("text").as_string()});
  for (const Json& finding : json.at("findings").as_array())
    out.find(finding.at("kind").as_string(), finding.at("count").as_int(), finding.at("of").as_int(),
             finding.at("text").as_string());
  return out;
}

std::string in_quotes(std::string_view token) { return concat("'", shown(token), "'"); }

std::string counted(std::int64_t count, std::string_view what) {
  return concat(count, " ", what, count == 1 ? "" : "s");
}

}  // namespace seqrec::data
