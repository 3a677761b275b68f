#include "report/report.h"

#include <algorithm>
#include <filesystem>

#include "core/concat.h"
#include "core/error.h"
#include "core/file.h"
#include "core/shown.h"
#include "report/html.h"
#include "report/sections.h"
#include "report/study.h"
#include "report/style.h"

namespace seqrec::report {
namespace {

std::string title_of(const std::vector<Run>& runs) {
  const bool one_model = std::ranges::all_of(runs, [&](const Run& run) { return run.model() == runs[0].model(); });
  const bool one_dataset =
      std::ranges::all_of(runs, [&](const Run& run) { return run.dataset() == runs[0].dataset(); });
  const std::string what = one_model ? runs[0].model() : "Models";
  const std::string title = one_dataset ? concat(what, " on ", runs[0].dataset()) : what;
  return runs.size() == 1 ? title : concat(title, ", ", runs.size(), " runs");
}

/// Whether there are means over ranked rows.
bool is_ranked(const train::RowResults& rows) {
  return !rows.rank.empty() && rows.choice.needs(train::MetricInfo::Kind::TopK);
}

/// Of the runs that were tested by ranking.
std::vector<train::ComparedRun> rows_of(const std::vector<Run>& runs) {
  std::vector<train::ComparedRun> out;
  for (const Run& run : runs)
    if (run.result && file_exists(run.files.rows_file()))
      if (train::ComparedRun rows = train::compared_run(run.files.path()); is_ranked(rows.rows)) {
        rows.name = run.name;
        out.push_back(std::move(rows));
      }
  return out;
}

std::string document(const std::string& text, const std::string& body) {
  const std::string title = html(text);
  return concat("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", title,
                "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n", style(),
                "</style>\n</head>\n<body>\n<main>\n<h1>", title, "</h1>\n", body, "</main>\n</body>\n</html>\n");
}

}  // namespace

std::string page(const std::vector<std::string>& folders) {
  require<UsageError>(!folders.empty(), "expected a run to report, got none");
  if (const auto study = std::ranges::find_if(folders, is_study); study != folders.end()) {
    require<UsageError>(folders.size() == 1, shown(*study), " is a study, which has a page by itself");
    const auto [title, body] = study_page(*study);
    return document(title, body);
  }
  std::vector<Run> runs;
  for (const std::string& folder : folders) {
    Run run = read_run(folder);
    for (const Run& other : runs)
      require<UsageError>(canonical(run.files.path()) != canonical(other.files.path()), shown(folder),
                          " is named twice", other.name == folder ? "" : concat(", as ", shown(other.name), " too"));
    runs.push_back(std::move(run));
  }
  const std::vector<train::ComparedRun> rows = rows_of(runs);
  std::string body = summary(runs) + learning(runs) + tests(runs, rows);
  for (const Run& run : runs)
    if (const auto of_run = std::ranges::find(rows, run.name, &train::ComparedRun::name); of_run != rows.end()) {
      body += examples(run, of_run->rows);
      break;
    }
  body += dataset(runs) + cost(runs) + configuration(runs);
  return document(title_of(runs), body);
}

}  // namespace seqrec::report
