#include "report/html.h"

#include <array>
#include <charconv>
#include <cmath>

#include "core/concat.h"
#include "core/shown.h"

namespace seqrec::report {

std::string html(std::string_view text) {
  std::string out;
  for (const char c : escaped(text)) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  return out;
}

std::string long_text(std::string_view text) { return concat("<span class=\"text\">", html(text), "</span>"); }

std::string decimal(double value, int places) {
  if (!std::isfinite(value)) return "–";
  std::array<char, 400> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, places).ptr;
  std::string out(text.data(), end);
  if (out[0] == '-' && out.find_first_not_of("-0.") == out.npos) out.erase(0, 1);
  return out;
}

std::string grouped(std::int64_t value) {
  std::string out = std::to_string(value);
  for (std::ptrdiff_t at = std::ssize(out) - 3; at > (value < 0 ? 1 : 0); at -= 3)
    out.insert(static_cast<std::size_t>(at), ",");
  return out;
}

Table::Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}

void Table::add(const std::vector<std::string>& cells, std::string_view css) {
  rows_ += css.empty() ? "<tr>" : concat("<tr class=\"", css, "\">");
  for (std::size_t i = 0; i < cells.size(); ++i)
    rows_ += i == 0 ? concat("<th scope=\"row\">", cells[i], "</th>") : concat("<td>", cells[i], "</td>");
  rows_ += "</tr>\n";
}

std::string Table::done() const {
  std::string head;
  for (const std::string& column : columns_) head += concat("<th scope=\"col\">", html(column), "</th>");
  return concat("<div class=\"wide\"><table>\n<thead><tr>", head, "</tr></thead>\n<tbody>\n", rows_,
                "</tbody>\n</table></div>\n");
}

}  // namespace seqrec::report
