#include <algorithm>

#include "core/concat.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/sections.h"
#include "train/json_file.h"

namespace seqrec::report {
namespace {

std::string counts(const Json& data) {
  Table table({"", ""});
  for (const char* name : {"users", "items", "interactions"}) table.add({name, grouped(data.at(name).as_int())});
  table.add({"sparsity", concat(decimal(100 * data.at("sparsity").as_double(), 3), " %")});
  for (const auto& [split, rows] : data.at("rows").as_object())
    table.add({concat("rows, ", html(split)), grouped(rows.as_int())});
  return table.done();
}

std::string lengths(const Json& data) {
  const Json& length = data.at("history_length");
  std::int64_t most = 0;
  for (const Json& bin : length.at("histogram").as_array()) most = std::max(most, bin.at("histories").as_int());
  if (most == 0) return "";
  Table table({"Length of a history", "Histories", ""});
  for (const Json& bin : length.at("histogram").as_array()) {
    const std::int64_t from = bin.at("from").as_int(), to = bin.at("to").as_int(), count = bin.at("histories").as_int();
    table.add({from == to ? grouped(from) : concat(grouped(from), " to ", grouped(to)), grouped(count),
               count_bar(static_cast<double>(count), static_cast<double>(most))});
  }
  return concat("<p>From ", grouped(length.at("min").as_int()), " to ", grouped(length.at("max").as_int()), " items, ",
                decimal(length.at("mean").as_double(), 1), " on average, half of them at most ",
                decimal(length.at("median").as_double(), 1), ".</p>\n", table.done());
}

std::string found(const Json& data) {
  const Json* report = data.find("report");
  if (!report) return "";
  std::string out;
  for (const char* part : {"filters", "findings"})
    for (const Json& entry : report->at(part).as_array())
      out += concat("<li>", html(entry.at("text").as_string()), "</li>\n");
  return out.empty() ? "" : concat("<ul>\n", out, "</ul>\n");
}

std::string about(const std::string& name, const Json& data) {
  return concat("<h3>", html(name), "</h3>\n<div class=\"beside\">", counts(data), "<div>", lengths(data),
                "</div></div>\n", found(data));
}

}  // namespace

std::string dataset(const std::vector<Run>& runs) {
  std::string body;
  std::vector<const Json*> shown;
  for (const Run& run : runs) {
    const bool known = std::ranges::any_of(shown, [&](const Json* other) { return *other == run.data; });
    if (run.data.is_null() || known) continue;
    shown.push_back(&run.data);
    body += train::in_file(run.files.data_file(), [&] { return about(run.dataset(), run.data); });
  }
  return body.empty() ? "" : concat("<section><h2>Data</h2>\n", body, "</section>\n");
}

}  // namespace seqrec::report
