#include "report/page_plots.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "core/concat.h"
#include "core/error.h"
#include "report/chart.h"
#include "report/dots.h"
#include "report/image.h"

namespace seqrec::report {
namespace {

struct Line {
  std::string where;  // PAGE:NUMBER: , for messages
  std::string_view text;
};

struct Row {
  std::string where;
  std::vector<std::string> cells;
};

struct Request {
  std::string where;
  bool dots = false, logarithmic = false;
  std::string label;
  std::vector<std::string> columns, rows;
};

std::vector<Line> lines_of(const std::string& page, std::string_view text) {
  std::vector<Line> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out.push_back({concat(page, ":", out.size() + 1, ": "), text.substr(0, end)});
    text = end == text.npos ? "" : text.substr(end + 1);
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  for (std::size_t end = 0; end != text.npos; text = end == text.npos ? "" : text.substr(end + 1)) {
    end = text.find(at);
    out.emplace_back(trimmed(text.substr(0, end)));
  }
  return out;
}

Row row_of(const Line& line) {
  std::string_view text = trimmed(line.text);
  require<DataError>(text.size() > 1 && text.ends_with('|'), line.where, "expected a table's row to end with '|'");
  return {line.where, split(text.substr(1, text.size() - 2), '|')};
}

std::string without_ticks(std::string text) {
  std::erase(text, '`');
  return text;
}

std::vector<std::string> series_of(const Request& request) {
  std::vector<std::string> out;
  for (const std::string& column : request.columns) out.push_back(without_ticks(column));
  return out;
}

/// A number at a text's begin, which is taken off.
std::optional<double> taken(std::string& text) {
  std::string digits;
  std::size_t end = 0;
  for (; end < text.size() && std::string_view("0123456789.,").find(text[end]) != std::string_view::npos; ++end)
    if (text[end] != ',') digits += text[end];
  double out = 0;
  const auto [read, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (error != std::errc() || read != digits.data() + digits.size()) return std::nullopt;
  text = trimmed(std::string_view(text).substr(end));
  return out;
}

/// Nothing of a blank cell.
std::optional<Bar> number(const std::string& where, const std::string& cell, bool logarithmic) {
  if (cell.empty()) return std::nullopt;
  std::string rest = cell;
  const std::optional<double> value = taken(rest);
  require<DataError>(value.has_value(), where, "got '", cell, "', expected a number to plot, or nothing");
  require<DataError>(!logarithmic || (*value > 1e-90 && *value < 1e90), where, "got '", cell,
                     "', expected a number above 0, as the plot is logarithmic");
  std::optional<double> deviation = 0;
  for (const auto& [before, behind] : {std::pair<std::string_view, std::string_view>{"(", ")"}, {"±", ""}})
    if (rest.starts_with(before)) {
      rest = trimmed(std::string_view(rest).substr(before.size()));
      deviation = taken(rest);
      rest = rest == behind ? "" : cell;
      break;
    }
  require<DataError>(deviation && rest.empty(), where, "got '", cell,
                     "', expected a number, or one with its deviation behind it: .09 (.01), .09 ± .01");
  const double low = *value - *deviation;
  return Bar{logarithmic && low <= 0 ? *value : low, *value, *value + *deviation};
}

std::size_t place(const std::string& where, const Row& header, const std::string& column) {
  const auto found = std::ranges::find(header.cells, column);
  require<DataError>(found != header.cells.end(), where, "the table above has no column '", column, "'");
  return static_cast<std::size_t>(found - header.cells.begin());
}

std::string dots(const Request& request, const std::string& title, const std::vector<Row>& table) {
  std::vector<std::size_t> names, columns;
  for (const std::string& column : request.rows) names.push_back(place(request.where, table[0], column));
  if (names.empty()) names.push_back(0);
  for (const std::string& column : request.columns) columns.push_back(place(request.where, table[0], column));

  DotChart chart{.label = request.label, .rows = {}, .logarithmic = request.logarithmic};
  std::vector<std::string> named(names.size());
  for (std::size_t i = 2; i < table.size(); ++i) {
    DotChart::Row row;
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (const std::string& cell = table[i].cells[names[k]]; !cell.empty()) named[k] = without_ticks(cell);
      row.name += (k == 0 ? "" : ", ") + named[k];
    }
    for (std::size_t k = 0; k < columns.size(); ++k)
      if (std::optional<Bar> bar = number(table[i].where, table[i].cells[columns[k]], request.logarithmic)) {
        bar->series = k;
        row.dots.push_back(*bar);
      }
    chart.rows.push_back(row);
  }
  return image(title, draw(chart), series_of(request));
}

std::string curves(const Request& request, const std::string& title, const std::vector<Row>& table) {
  LineChart chart{.title = title,
                  .x_label = table[0].cells[0],
                  .y_label = request.label,
                  .curves = {},
                  .from_zero = !request.logarithmic,
                  .logarithmic = request.logarithmic};
  for (const std::string& name : request.columns) {
    const std::size_t column = place(request.where, table[0], name);
    Curve curve{.name = name, .points = {}};
    for (std::size_t i = 2; i < table.size(); ++i) {
      const auto at = number(table[i].where, table[i].cells[0], request.logarithmic);
      require<DataError>(at.has_value(), table[i].where, "expected a number in the first column");
      if (const auto value = number(table[i].where, table[i].cells[column], request.logarithmic))
        curve.points.push_back({at->value, value->value});
    }
    std::ranges::sort(curve.points, {}, &Point::x);
    chart.curves.push_back(curve);
  }
  return image(title, draw(chart), series_of(request));
}

/// The request that begins with the nth line; n is then the line of its picture.
Request request_of(const std::vector<Line>& lines, std::size_t& n) {
  const Line& first = lines[n];
  Request out{.where = first.where, .label = "", .columns = {}, .rows = {}};
  const std::vector<std::string> words = split(first.text.substr(std::string_view("<!-- plot:").size()), ',');
  out.dots = words[0] == "dots";
  out.logarithmic = words.size() == 2 && words[1] == "logarithmic";
  require<DataError>((out.dots || words[0] == "lines") && (words.size() == 1 || out.logarithmic), first.where,
                     "expected '<!-- plot: dots' or '<!-- plot: lines', and ', logarithmic' or nothing behind it");
  for (++n; n < lines.size() && lines[n].text != "-->"; ++n) {
    const std::size_t colon = lines[n].text.find(": ");
    const std::string_view key = lines[n].text.substr(0, colon);
    require<DataError>(colon != key.npos && (key == "label" || key == "columns" || key == "rows"), lines[n].where,
                       "expected 'label: ', 'columns: ', 'rows: ' or '-->'");
    const std::string_view value = lines[n].text.substr(colon + 2);
    if (key == "label")
      out.label = value;
    else
      (key == "rows" ? out.rows : out.columns) = split(value, '|');
  }
  require<DataError>(!out.label.empty() && !out.columns.empty(), first.where, "expected the plot's label and columns");
  require<DataError>(out.dots || out.rows.empty(), first.where, "lines have no rows: the first column goes across");
  ++n;
  return out;
}

}  // namespace

std::vector<PagePlot> page_plots(const std::string& page, std::string_view text) {
  const std::vector<Line> lines = lines_of(page, text);
  std::vector<PagePlot> out;
  std::vector<Row> table;
  bool in_table = false;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    const bool row = lines[n].text.starts_with('|');
    if (row && !in_table) table.clear();
    if (row) table.push_back(row_of(lines[n]));
    in_table = row;
    if (!lines[n].text.starts_with("<!-- plot:")) continue;

    const Request request = request_of(lines, n);
    require<DataError>(table.size() > 2, request.where, "no table stands above this plot");
    for (const Row& of : table)
      require<DataError>(of.cells.size() == table[0].cells.size(), of.where, "got ", of.cells.size(),
                         " cells, expected ", table[0].cells.size());
    const std::string_view picture = n < lines.size() ? lines[n].text : "";
    const std::size_t middle = picture.find("](");
    require<DataError>(picture.starts_with("![") && picture.ends_with(".svg)") && middle != picture.npos, request.where,
                       "expected ![TITLE](FILE.svg) in the line below the plot");
    const std::string title(picture.substr(2, middle - 2));
    out.push_back({std::string(picture.substr(middle + 2, picture.size() - middle - 3)),
                   request.dots ? dots(request, title, table) : curves(request, title, table)});
  }
  return out;
}

}  // namespace seqrec::report
