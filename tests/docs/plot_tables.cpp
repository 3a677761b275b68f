// plot_tables [--check] PAGE...: writes the pictures of the pages' tables (report/page_plots.h), or compares them.
#include <filesystem>
#include <iostream>
#include <string>

#include "core/error.h"
#include "core/file.h"
#include "report/page_plots.h"

namespace {

using namespace seqrec;

void plot(const std::filesystem::path& page, bool check) {
  for (const report::PagePlot& plot : report::page_plots(page.string(), read_text(page))) {
    const std::filesystem::path file = page.parent_path() / plot.file;
    if (check) {
      require<DataError>(file_exists(file) && read_text(file) == plot.svg, file.string(), ": isn't what the tables of ",
                         page.string(), " say; scripts/update_docs writes it");
    } else {
      make_folder_of(file);
      write_text(file, plot.svg);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const bool check = argc > 1 && std::string(argv[1]) == "--check";
    require<UsageError>(argc > (check ? 2 : 1), "usage: plot_tables [--check] PAGE...");
    for (int i = check ? 2 : 1; i < argc; ++i) plot(argv[i], check);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "plot_tables: " << error.what() << '\n';
    return 1;
  }
}
