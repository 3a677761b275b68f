// The parts that a page is made of: text, numbers, axes, drawings.
#include "report/chart.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "report/dots.h"
#include "report/html.h"
#include "report/scale.h"
#include "tests/report/text.h"

namespace seqrec::report {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST_CASE("no text is markup, and bytes that are no characters are shown") {
  CHECK(html("<b a=\"1\" c='2'>&") == "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
  CHECK(html("\xff\n") == "\\xff\\n");
  CHECK(html("Amélie") == "Amélie");
}

TEST_CASE("numbers have the decimal places that are asked for, and no zero has a sign") {
  CHECK(decimal(0.12345, 4) == "0.1235");
  CHECK(decimal(-0.00001, 4) == "0.0000");
  CHECK(decimal(-0.5, 1) == "-0.5");
  CHECK(decimal(1e300, 0).size() == 301);
  CHECK(decimal(kInfinity, 2) == "–");
  CHECK(decimal(std::nan(""), 2) == "–");
  CHECK(grouped(0) == "0");
  CHECK(grouped(-123456) == "-123,456");
  CHECK(grouped(1234567) == "1,234,567");
}

TEST_CASE("an axis holds its numbers, by at most as many round steps as it may have") {
  for (const auto& range : std::initializer_list<std::pair<double, double>>{{0, 1},
                                                                            {0.0193, 0.0367},
                                                                            {5.9, 7.6},
                                                                            {1, 300},
                                                                            {1, 2},
                                                                            {-3e-7, 4e-7},
                                                                            {1e9, 1.1e9},
                                                                            {7, 7},
                                                                            {0, 0},
                                                                            {0, 5e-324},
                                                                            {-1e300, 1e300},
                                                                            {1e20, 1.5e20},
                                                                            {1e20, 1e20},
                                                                            {1, 1.0000000001},
                                                                            {1, 9.2e18}})
    for (const bool whole : {false, true}) {
      const double least = range.first, most = range.second;
      CAPTURE(least);
      CAPTURE(most);
      const Scale scale = Scale::around(least, most, 6, whole);
      CHECK(scale.low <= least);
      CHECK(scale.high >= most);
      CHECK(scale.high > scale.low);
      CHECK(scale.ticks().size() <= 7);
      CHECK(scale.ticks().size() >= 2);
      if (whole) CHECK(scale.step >= 1);
      const std::vector<double> ticks = scale.ticks();
      for (const double tick : ticks) CHECK(scale.label(tick).size() <= 9);
      for (std::size_t i = 1; i < ticks.size(); ++i) CHECK(scale.label(ticks[i]) != scale.label(ticks[i - 1]));
      for (const double tick : ticks)
        CHECK(scale.label(tick).size() <= (most < 1e99 ? 8 : 9));  // what the margin holds
    }
  CHECK(Scale::around(1, 300, 8, true).label(300) == "300");
  CHECK(Scale::around(0, 3e7, 6).label(2.5e7) == "2.5e+07");
  CHECK(Scale::around(0, 4e-7, 8).label(0) == "0");
  CHECK(Scale::around(0.0193, 0.0367, 6).label(0.02) == "0.020");
}

TEST_CASE("a logarithmic axis holds its numbers, by at most as many ticks as it may have") {
  for (const auto& range : std::initializer_list<std::pair<double, double>>{
           {2.3, 36.4}, {10'000, 1'000'000}, {0.6, 700}, {1, 1}, {0.02, 0.02}, {5, 10}, {1e-89, 1e89}}) {
    const double least = range.first, most = range.second;
    CAPTURE(least);
    CAPTURE(most);
    const Scale scale = Scale::logarithmic_around(least, most, 6);
    CHECK(scale.low <= least * (1 + 1e-9));
    CHECK(scale.high >= most * (1 - 1e-9));
    const std::vector<double> ticks = scale.ticks();
    CHECK(ticks.size() >= 2);
    CHECK(ticks.size() <= 7);
    CHECK(scale.share(ticks.front()) == doctest::Approx(0));
    CHECK(scale.share(ticks.back()) == doctest::Approx(1));
    for (const double tick : ticks) CHECK(scale.label(tick).size() <= 9);
  }
  const Scale scale = Scale::logarithmic_around(0.3, 4, 6);
  std::string labels;
  for (const double tick : scale.ticks()) labels += scale.label(tick) + " ";
  CHECK(labels == "0.2 0.5 1 2 5 ");
  CHECK(scale.share(1) == doctest::Approx(0.5));
  CHECK(Scale::logarithmic_around(1, 1e6, 6).ticks() == std::vector<double>{1, 10, 100, 1000, 10000, 100000, 1000000});
}

TEST_CASE("a chart has its axes, a curve for each name, and a ring where a point is marked") {
  LineChart chart{.title = "Loss <1>", .x_label = "epoch", .y_label = "loss", .curves = {}};
  CHECK(line_chart(chart).empty());
  chart.curves = {{"a&b", {{1, 2}, {2, 1}, {3, 0.5}}, Point{3, 0.5}}, {"c", {{1, 4}}}, {"none", {}}};
  const std::string drawn = line_chart(chart);
  CHECK(count(drawn, "Loss &lt;1&gt;") == 2);
  CHECK(count(drawn, ">epoch</text>") == 1);
  CHECK(count(drawn, ">loss</text>") == 1);
  CHECK(count(drawn, "a&amp;b") == 1);
  CHECK(count(drawn, "none") == 0);  // what isn't drawn needs no key
  CHECK(count(drawn, "class=\"ring s0\"") == 1);
  CHECK(count(drawn, "class=\"dot s1\"") == 1);  // a single point has no line
  CHECK(drawn == line_chart(chart));
}

TEST_CASE("a value that isn't finite breaks a curve and spoils no axis") {
  const LineChart chart{.title = "t",
                        .x_label = "x",
                        .y_label = "y",
                        .curves = {{"a", {{1, 1}, {2, 2}, {3, kInfinity}, {4, 1}, {5, 2}, {6, -1.5e308}}}}};
  const std::string drawn = line_chart(chart);
  const std::string path = drawn.substr(drawn.find("<path d=\""), 80);
  CHECK(count(path, "M") == 2);
  CHECK(count(drawn, "inf") == 0);
  CHECK(count(drawn, "nan") == 0);
}

TEST_CASE("more than eight curves are told apart by dashes") {
  CHECK(series_class(7) == "s7");
  CHECK(series_class(8) == "s0 dashed");
  CHECK(series_class(16) == "s0");
}

TEST_CASE("a row of dots for each name, with their intervals, from 0 on or logarithmic") {
  CHECK(draw(DotChart{.label = "s", .rows = {{"nothing", {}}}}).elements.empty());
  DotChart chart{.label = "s",
                 .rows = {{"a&b", {{.low = 1, .value = 2, .high = 3, .series = 0}}},
                          {"c", {{.low = 4, .value = 4, .high = 4, .series = 1}}}}};
  const Drawing linear = draw(chart);
  CHECK(count(linear.elements, "<circle") == 2);
  CHECK(count(linear.elements, "class=\"curve s0\"") == 1);  // 4 is known exactly
  CHECK(count(linear.elements, "class=\"curve s1\"") == 0);
  CHECK(count(linear.elements, ">a&amp;b</text>") == 1);
  CHECK(count(linear.elements, ">0</text>") == 1);
  chart.logarithmic = true;
  const Drawing logarithmic = draw(chart);
  CHECK(count(logarithmic.elements, ">0</text>") == 0);
  CHECK(count(logarithmic.elements, ">5</text>") == 1);
  CHECK(logarithmic.height == linear.height);
}

TEST_CASE("bars lie within their cells") {
  CHECK(count(interval_bar({0, 0.5, 1, 2}, 1), "x1=\"5.0\"") == 1);
  CHECK(count(interval_bar({0, 0.5, 1, 2}, 1), "x2=\"155.0\"") == 1);
  CHECK(count(interval_bar({0.2, 0.2, 0.2}, 1), "<line") == 0);
  CHECK(count(interval_bar({0, 0, 0}, 0), "cx=\"5.0\"") == 1);
  CHECK(count(count_bar(3, 6), "width=\"80.0\"") == 1);
  CHECK(count(count_bar(0, 0), "width=\"0.0\"") == 1);
}

}  // namespace
}  // namespace seqrec::report
