#include <algorithm>

#include "core/concat.h"
#include "core/error.h"
#include "core/file.h"
#include "models/histories_file.h"
#include "models/model_file.h"
#include "report/html.h"
#include "report/sections.h"

namespace seqrec::report {
namespace {

constexpr std::int64_t kExamples = 6;
constexpr std::ptrdiff_t kHistory = 6, kList = 10;

std::string item(const models::ModelFile& file, std::int32_t id) {
  const std::string token = html(file.items.token(id));
  if (file.titles.empty() || file.titles[static_cast<std::size_t>(id)].empty()) return token;
  return concat(html(file.titles[static_cast<std::size_t>(id)]), " <span class=\"quiet\">", token, "</span>");
}

/// What a user had last before the target; nothing where that isn't known.
std::span<const std::int32_t> before(std::span<const std::int32_t> history, std::int32_t target) {
  const auto length = std::find(history.rbegin(), history.rend(), target).base() - history.begin() - 1;
  if (length < 0) return {};
  return history.first(static_cast<std::size_t>(length)).last(static_cast<std::size_t>(std::min(length, kHistory)));
}

std::string example(const models::ModelFile& file, const models::Histories& histories, const train::RowResults& rows,
                    std::size_t row) {
  const std::int32_t user = rows.user[row], target = rows.target[row];
  std::string had, list;
  if (user < histories.users())
    for (const std::int32_t id : before(histories.recent(user), target)) had += concat("<li>", item(file, id), "</li>");
  const std::size_t begin = static_cast<std::size_t>(rows.group[row] * rows.k);
  for (std::int64_t i = 0; i < std::min<std::int64_t>(rows.k, kList); ++i)
    if (const std::int32_t id = rows.lists[begin + static_cast<std::size_t>(i)]; id > 0)
      list += concat(id == target ? "<li class=\"hit\">" : "<li>", item(file, id), "</li>");
  return concat("<article><h3>", user > 0 ? concat("User ", html(file.users.token(user))) : "A user that isn't known",
                "</h3>\n", had.empty() ? "" : concat("<p>had last</p><ul>", had, "</ul>\n"), "<p>and then</p><ul><li>",
                item(file, target), ", ranked ", grouped(rows.rank[row]), " of ", grouped(rows.candidates[row]),
                "</li></ul>\n<p>was recommended</p><ol>", list, "</ol></article>\n");
}

}  // namespace

std::string examples(const Run& run, const train::RowResults& rows) {
  const std::filesystem::path path = run.files.model_file(), beside = models::histories_path(path);
  if (rows.k == 0 || rows.rank.empty() || !file_exists(path)) return "";
  const models::ModelFile file = models::load_model_file(path);
  if (models::fingerprint(file.items) != rows.item_fingerprint ||
      models::fingerprint(file.users) != rows.user_fingerprint)
    return "";
  const bool known = rows.catalogue.n_items == file.items.size() &&
                     std::ranges::all_of(rows.user, [&](std::int32_t user) { return user < file.users.size(); });
  require<FormatError>(known, run.files.rows_file().string(), ": has users or items beyond the ", file.users.size(),
                       " users and ", file.items.size(), " items of ", path.string());
  models::Histories histories;
  if (file_exists(beside)) histories = models::Histories::load(beside, file.users, file.items);
  std::string out;
  const std::int64_t n = std::min(kExamples, rows.rows());
  for (std::int64_t i = 0; i < n; ++i)
    out += example(file, histories, rows, static_cast<std::size_t>(i * rows.rows() / n));
  return concat("<section><h2>Examples</h2>\n<p>Users of the test at equal distances, of ", html(run.name),
                "; what came next is marked where it was recommended.</p>\n<div class=\"examples\">\n", out,
                "</div></section>\n");
}

}  // namespace seqrec::report
