#include "cli/answer_text.h"

#include <iomanip>

#include "cli/csv.h"
#include "core/concat.h"
#include "core/json.h"
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

std::string csv_header() { return "request,user,rank,item,title,score,error\n"; }

std::string csv_lines(std::int64_t request, const std::optional<std::string>& user, const infer::Answer& answer) {
  const std::string begin = concat(request, ",", csv_field(user.value_or("")), ",");
  if (!answer.error.empty()) return concat(begin, ",,,,", csv_field(answer.error), "\n");
  std::string out;
  int rank = 0;
  for (const infer::ScoredItem& item : answer.items)
    out += concat(begin, ++rank, ",", csv_field(item.token), ",", csv_field(item.title), ",", Json(item.score).dump(),
                  ",\n");
  return out;
}

}  // namespace seqrec::cli
