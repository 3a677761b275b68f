#include "cli/item_list.h"

#include <vector>

#include "cli/options.h"
#include "core/concat.h"
#include "core/input_file.h"

namespace seqrec::cli {

std::shared_ptr<const infer::ItemSet> read_items(const infer::Session& session, const std::string& file) {
  if (file.empty()) return nullptr;
  std::vector<std::string> tokens;
  InputFile lines(file);
  for (std::string line; lines.read_line(line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) tokens.push_back(line);
  }
  auto items = session.items(tokens);
  if (items->unknown > 0)
    show_notices({concat(file, ": items that the model doesn't know: ", items->unknown, " of ", tokens.size())});
  return items;
}

}  // namespace seqrec::cli
