#include "data/convert.h"

#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "core/output_file.h"
#include "data/report.h"

namespace seqrec::cli {

std::function<int()> declare_convert(CLI::App& app) {
  using Layout = data::ConvertRequest::Layout;
  struct Options {
    std::string input, out;
    std::vector<std::string> columns;
    data::ConvertRequest request;
    enum class Header { Auto, Yes, No } header = Header::Auto;
  };
  auto options = std::make_shared<Options>();
  add_input(app, "INPUT", options->input, "Delimited text, JSON lines or sessions; may be gzipped")->required();
  add_output(app, "--out", options->out, "The atomic file to write, such as data/shop/shop.inter")
      ->required()
      ->type_name("FILE");
  app.add_option("--columns", options->columns, "Columns to write: NAME[=SOURCE][:TYPE],...")
      ->delimiter(',')
      ->type_name("COLUMNS");
  app.add_option("--separator", options->request.separator, "Between fields (default: found in the first line)")
      ->type_name("TEXT");
  add_choice<Options::Header>(
      app, "--header", options->header, {{"yes", Options::Header::Yes}, {"no", Options::Header::No}},
      "Whether the first line names the columns: yes or no (default: if it names all of COLUMNS)");
  add_choice<Layout>(
      app, "--layout", options->request.layout,
      {{"delimited", Layout::Delimited}, {"json", Layout::Json}, {"sessions", Layout::Sessions}},
      "delimited, json (an object per line) or sessions (a line of items each); default: json if it begins with {");
  return [options] {
    data::ConvertRequest request = options->request;
    request.input = options->input;
    request.out = options->out;
    request.columns = options->columns;
    if (options->header != Options::Header::Auto) request.header = options->header == Options::Header::Yes;
    require_apart(options->out, {options->input});
    const bool streams = OutputFile::is_stream(request.out);
    const data::ConvertResult result = data::convert(request);
    show_notices(result.notices);
    (streams ? std::cerr : std::cout) << options->out << ": " << data::counted(result.rows, "row") << " of "
                                      << result.header << '\n';
    return kSuccess;
  };
}

}  // namespace seqrec::cli
