#include "cli/answer_text.h"

#include <iomanip>

#include "core/text_stream.h"

namespace seqrec::cli {

std::string item_lines(const infer::Answer& answer) {
  TextStream out;
  int rank = 0;
  for (const infer::ScoredItem& item : answer.items)
    out << std::setw(4) << ++rank << std::setw(12) << std::fixed << std::setprecision(4) << item.score << "  "
        << item.token << (item.title.empty() ? "" : "  ") << item.title << '\n';
  return out.str();
}

}  // namespace seqrec::cli
