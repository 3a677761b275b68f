#include <filesystem>
#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "core/error.h"
#include "core/file.h"
#include "core/output_file.h"
#include "report/report.h"

namespace seqrec::cli {
namespace {

namespace fs = std::filesystem;

/// A page may lie in a run's folder, but none of the run's files may become one.
void check_out(const fs::path& out, const fs::path& run) {
  std::error_code absent;  // then it is another folder
  const fs::path folder = out.has_parent_path() ? out.parent_path() : fs::path(".");
  require<UsageError>(out.extension() == ".html" || !fs::equivalent(folder, run, absent), "--out: ", out.string(),
                      " is in a run's folder, expected a name that ends in .html");
}

}  // namespace

std::function<int()> declare_report(CLI::App& app) {
  struct Options {
    std::vector<std::string> runs;
    std::string out = "report.html";
    ThreadsOption threads;
  };
  auto options = std::make_shared<Options>();
  app.add_option("RUN", options->runs, "Folders of runs, finished or not; or that of a study")
      ->required()
      ->expected(-1);
  add_output(app, "--out", options->out, "The page's file (default: report.html); - is standard output")
      ->type_name("FILE");
  options->threads.add_to(app);
  return [options] {
    options->threads.apply();
    for (const std::string& run : options->runs) check_out(options->out, run);
    const std::string page = report::page(options->runs);
    make_folder_of(options->out);
    write_text(options->out, page);
    if (!OutputFile::is_stream(options->out)) std::cout << "report      " << options->out << '\n';
    return kSuccess;
  };
}

}  // namespace seqrec::cli
