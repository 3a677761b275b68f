#include "infer/similar.h"

#include <iostream>

#include "cli/answer_text.h"
#include "cli/command.h"
#include "cli/item_list.h"
#include "cli/options.h"
#include "infer/messages.h"

namespace seqrec::cli {

std::function<int()> declare_similar(CLI::App& app) {
  struct Options {
    std::string model_file, candidates, exclude;
    infer::SimilarRequest request;
    ThreadsOption threads;
    Format format = Format::Text;
  };
  auto options = std::make_shared<Options>();
  add_path(app, "MODEL_FILE", options->model_file, "A model file, or the folder of a run")->required();
  app.add_option("ITEM", options->request.items, "The item, or several, whose mean direction then counts")
      ->required()
      ->expected(-1);
  add_number(app, "-k", options->request.k, kFromOne, "How many (default: 10)")->type_name("N");
  add_input(app, "--candidates", options->candidates, "Only of these items, one per line")->type_name("FILE");
  add_input(app, "--exclude", options->exclude, "Never these items, one per line")->type_name("FILE");
  options->threads.add_to(app);
  add_answer_format(app, "--format,--log-format", options->format);
  return [options] {
    options->threads.apply();
    const std::string model_file = model_file_of(options->model_file);
    const infer::Session session(model_file);
    if (!session.file().has_checksums) show_notices({no_checksums_notice(model_file)});
    infer::SimilarRequest request = options->request;
    request.candidates = read_items(session, options->candidates);
    request.exclude = read_items(session, options->exclude);
    const infer::Answer answer = infer::similar(session, request);
    if (answer.unknown_items > 0)
      show_notices({concat("items that the model doesn't know, skipped: ", answer.unknown_items)});
    if (options->format == Format::Json)
      std::cout << infer::to_json(answer).dump() << '\n';
    else if (options->format == Format::Csv)
      std::cout << csv_header() << csv_lines(1, std::nullopt, answer);
    else
      std::cout << item_lines(answer);
    return kSuccess;
  };
}

}  // namespace seqrec::cli
