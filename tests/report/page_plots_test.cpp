// Pictures of a page's tables.
#include "report/page_plots.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "core/error.h"
#include "tests/message_of.h"
#include "tests/report/text.h"

namespace seqrec::report {
namespace {

const std::string kTable =
    "Times:\n\n"
    "| | Items | `rows`, s | RecBole, s |\n"
    "|---|---|---|---|\n"
    "| SHAN | 10 | .5 (.1) | 1,020 |\n"
    "| | 20 | 2.5 ± 1.5 | |\n";

std::string with_plot(const std::string& plot, const std::string& picture = "![Time](images/t.svg)") {
  return kTable + "\n<!-- plot: " + plot + "\n-->\n" + picture + "\n";
}

std::string why(const std::string& text) {
  return message_of<DataError>([&] { page_plots("p.md", text); });
}

TEST_CASE("a page's table is drawn as its comment says, into the file that the page shows") {
  const std::vector<PagePlot> plots = page_plots(
      "p.md", with_plot("dots, logarithmic\nlabel: seconds\ncolumns: RecBole, s | `rows`, s\nrows: | Items") +
                  with_plot("lines\nlabel: seconds\ncolumns: a", "![T](u.svg)")
                      .replace(0, kTable.size(), "| n | a |\n|---|---|\n| 2 | 1 |\n| 1 | 3 |\n"));
  REQUIRE(plots.size() == 2);
  CHECK(plots[0].file == "images/t.svg");
  const std::string& svg = plots[0].svg;
  CHECK(count(svg, "<circle") == 3);  // a blank cell has none
  CHECK(count(svg, ">SHAN, 10</text>") == 1);
  CHECK(count(svg, ">SHAN, 20</text>") == 1);  // a blank name is the one above
  CHECK(count(svg, ">rows, s</text>") == 1);
  CHECK(count(svg, ">seconds</text>") == 1);
  CHECK(count(svg, ">1,000</text>") == 1);
  CHECK(contains(svg, "prefers-color-scheme: dark"));
  CHECK(contains(svg, "xmlns=\"http://www.w3.org/2000/svg\""));
  CHECK(plots[1].file == "u.svg");
  CHECK(count(plots[1].svg, "<path") == 1);
  CHECK(count(plots[1].svg, ">n</text>") == 1);
  CHECK(page_plots("p.md", kTable).empty());
}

TEST_CASE("what can't be drawn is told with its line") {
  const std::string good = "dots\nlabel: s\ncolumns: RecBole, s";
  CHECK(why(with_plot(good + "\nwidth: 3")) == "p.md:11: expected 'label: ', 'columns: ', 'rows: ' or '-->'");
  CHECK(contains(why(with_plot("bars\nlabel: s\ncolumns: Items")), "p.md:8: expected '<!-- plot: dots' or"));
  CHECK(why(with_plot("dots\nlabel: s")) == "p.md:8: expected the plot's label and columns");
  CHECK(why(with_plot("dots\nlabel: s\ncolumns: none")) == "p.md:8: the table above has no column 'none'");
  CHECK(why(with_plot(good, "text")) == "p.md:8: expected ![TITLE](FILE.svg) in the line below the plot");
  CHECK(why(with_plot(good).substr(kTable.size())) == "p.md:2: no table stands above this plot");
  CHECK(why(with_plot("lines\nlabel: s\ncolumns: Items")) ==
        "p.md:5: got 'SHAN', expected a number to plot, or nothing");
  for (const std::string cell : {"4-5", "12 GB", ".09 (n/a)", ".09 (.1", ".09 ±"})
    CHECK(
        contains(why(concat("| a |\n|---|\n| ", cell, " |\n<!-- plot: dots\nlabel: l\ncolumns: a\n-->\n![](a.svg)\n")),
                 "p.md:3: got '" + cell + "', expected a number, or one with its deviation"));
  CHECK(contains(why(with_plot("lines\nlabel: s\ncolumns: Items\nrows: Items")), "lines have no rows"));
  CHECK(contains(why("| a |\n|---|\n| 0 |\n<!-- plot: dots, logarithmic\nlabel: l\ncolumns: a\n-->\n![](a.svg)\n"),
                 "p.md:3: got '0', expected a number above 0"));
  CHECK(why("| a | b |\n|---|---|\n| 0 |\n<!-- plot: dots\nlabel: l\ncolumns: a\n-->\n![](a.svg)\n") ==
        "p.md:3: got 1 cells, expected 2");
  CHECK(why("| a |\n| b\n") == "p.md:2: expected a table's row to end with '|'");
  CHECK(contains(why(kTable + "<!-- plot: dots\nlabel: s\n"), "expected the plot's label and columns"));
}

}  // namespace
}  // namespace seqrec::report
