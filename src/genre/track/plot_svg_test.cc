#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "genre/base/not_a_number.h"
#include "genre/track/label_placement.h"
#include "genre/track/plot_frame.h"
#include "genre/track/report.h"
#include "genre/track/text_extent.h"
#include "genre/track/xml_checker.h"

namespace genre {
namespace {

constexpr Plot::Kind kKinds[] = {Plot::Kind::kBars, Plot::Kind::kLines, Plot::Kind::kScatter, Plot::Kind::kCurves};

Plot make_plot(Plot::Kind kind, const std::vector<ReportInterval>& y, std::size_t series = 1) {
  Plot plot{.kind = kind,
            .file = "p",
            .title = "ndcg@10 by model",
            .x_label = "x",
            .y_label = "ndcg@10",
            .caption = "",
            .categories = {},
            .series = {}};
  for (std::size_t i = 0; i < y.size(); ++i) plot.categories.push_back("model " + std::to_string(i));
  for (std::size_t s = 0; s < series; ++s) {
    PlotSeries one{.name = "series " + std::to_string(s), .x = {}, .y = y, .labels = plot.categories};
    for (std::size_t i = 0; i < y.size(); ++i) one.x.push_back(0.1 * static_cast<double>(i));
    plot.series.push_back(std::move(one));
  }
  return plot;
}

ReportInterval exact(double value) { return {value, value, value}; }

// Every drawing of a plot: standalone, in a page, on a phone.
std::vector<std::string> drawings(const Plot& plot) {
  return {plot_svg(plot), draw_plot(plot, {page_theme(), 760, false}), draw_plot(plot, {page_theme(), 358, false})};
}

std::vector<std::string> titles(const std::string& svg) {
  std::vector<std::string> out;
  for (const auto& element : check_xml(svg).named("title")) out.push_back(element.text);
  return out;
}

double number(const XmlElement& element, const std::string& key) { return std::stod(element.attributes.at(key)); }

// Upright texts of the drawing as boxes; turned ones are left out.
std::vector<Box> text_boxes(const XmlCheck& check) {
  std::vector<Box> out;
  for (const auto& text : check.named("text")) {
    if (text.attributes.contains("transform")) continue;
    const double size = number(text, "font-size"), width = text_width(text.text, size), x = number(text, "x"),
                 y = number(text, "y");
    const std::string anchor = text.attributes.contains("text-anchor") ? text.attributes.at("text-anchor") : "start";
    const double left = anchor == "start" ? x : anchor == "end" ? x - width : x - width / 2;
    out.push_back({left, y - size * 0.75, left + width, y + size * 0.2});
  }
  return out;
}

}  // namespace

TEST(PlotSvg, EveryKindIsWellFormedAndDescribed) {
  for (const auto kind : kKinds) {
    for (const std::size_t series : {1, 2, 7, 12}) {
      for (const auto& svg : drawings(make_plot(kind, {{.2, .18, .22}, {.28, .27, .3}, {.05, .04, .06}}, series))) {
        const XmlCheck check = check_xml(svg);
        ASSERT_EQ(check.fault, "");
        const auto& root = check.elements.front();
        EXPECT_EQ(root.name, "svg");
        EXPECT_EQ(root.attributes.at("role"), "img");
        EXPECT_NE(root.attributes.at("aria-label").find("ndcg@10 by model"), std::string::npos);
        EXPECT_EQ(check.named("title").size(), 3 * series) << "one tooltip a mark";
      }
    }
  }
}

TEST(PlotSvg, StandaloneHasItsOwnColoursAndInlineOnesFollowThePage) {
  const Plot plot = make_plot(Plot::Kind::kBars, {{.2, .1, .3}}, 2);
  const auto all = drawings(plot);
  EXPECT_EQ(all[0].find("var("), std::string::npos);
  EXPECT_NE(all[0].find(light_theme().background), std::string::npos);
  EXPECT_NE(all[0].find("xmlns="), std::string::npos);
  for (const auto& inline_svg : {all[1], all[2]}) {
    EXPECT_EQ(inline_svg.find("xmlns"), std::string::npos);
    EXPECT_EQ(inline_svg.find("#"), std::string::npos) << "a fixed colour";
    EXPECT_NE(inline_svg.find("var(--series-2)"), std::string::npos);
  }
}

TEST(PlotSvg, MarksTellTheExactValueAndInterval) {
  Plot plot = make_plot(Plot::Kind::kBars, {{0.28651234567, 0.28, 0.295}, exact(1.0 / 3)});
  EXPECT_EQ(titles(plot_svg(plot)), (std::vector<std::string>{"model 0, series 0: 0.28651234567 [0.28, 0.295]",
                                                              "model 1, series 0: 0.3333333333333333"}));
}

TEST(PlotSvg, NotANumberAndInfinityAreLeftOut) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const auto kind : kKinds) {
    for (const auto& svg :
         drawings(make_plot(kind, {exact(kNan), {.3, kNan, .4}, exact(.2), exact(inf), {.1, -inf, inf}}))) {
      EXPECT_EQ(check_xml(svg).fault, "");
      EXPECT_EQ(titles(svg).size(), 3u);
      EXPECT_EQ(svg.find("nan"), std::string::npos);
      EXPECT_EQ(svg.find("inf"), std::string::npos);
    }
  }
}

TEST(PlotSvg, LinesDoNotBridgeMissingValues) {
  const auto lines = [](std::vector<ReportInterval> y) {
    return check_xml(plot_svg(make_plot(Plot::Kind::kLines, std::move(y)))).named("polyline").size();
  };
  EXPECT_EQ(lines({exact(1), exact(2), exact(3), exact(4)}), 1u);
  EXPECT_EQ(lines({exact(1), exact(2), exact(kNan), exact(3), exact(4)}), 2u);
  EXPECT_EQ(lines({exact(1), exact(kNan), exact(3)}), 0u);
}

TEST(PlotSvg, CurvesHaveABandWithGapsAndMarksWhereTheyAreFew) {
  std::vector<ReportInterval> y(kMostCurveMarks, {0.5, 0.4, 0.7});
  y[7] = exact(kNan);
  const auto few = check_xml(plot_svg(make_plot(Plot::Kind::kCurves, y)));
  EXPECT_EQ(few.named("polyline").size(), 2u);
  EXPECT_EQ(few.named("polygon").size(), 2u);
  EXPECT_EQ(few.named("circle").size(), y.size() - 1);
  y.push_back(exact(0.5));
  EXPECT_TRUE(check_xml(plot_svg(make_plot(Plot::Kind::kCurves, y))).named("circle").empty());
  const auto without = check_xml(plot_svg(make_plot(Plot::Kind::kCurves, {exact(1), exact(2), exact(3)})));
  EXPECT_TRUE(without.named("polygon").empty());
}

TEST(PlotSvg, PositionsOfCurvesAreInProportion) {
  Plot plot = make_plot(Plot::Kind::kCurves, {exact(1), exact(2), exact(3)});
  plot.series[0].x = {0, 10, 100};
  const auto marks = check_xml(plot_svg(plot)).named("circle");
  ASSERT_EQ(marks.size(), 3u);
  EXPECT_NEAR(number(marks[2], "cx") - number(marks[0], "cx"), 10 * (number(marks[1], "cx") - number(marks[0], "cx")),
              0.2);
}

TEST(PlotSvg, NothingOnePointEqualValuesAndExtremesAreDrawn) {
  const double most = std::numeric_limits<double>::max();
  for (const auto kind : kKinds) {
    for (const auto& y : std::vector<std::vector<ReportInterval>>{{},
                                                                  {exact(kNan)},
                                                                  {exact(.5)},
                                                                  {exact(0)},
                                                                  {exact(2), exact(2), exact(2)},
                                                                  {exact(-1), exact(1)},
                                                                  {exact(-3), exact(-2)},
                                                                  {exact(most), exact(-most)},
                                                                  {exact(1e-310), exact(1e-12)},
                                                                  {exact(3e9), exact(1)}}) {
      for (const auto& svg : drawings(make_plot(kind, y))) {
        EXPECT_EQ(check_xml(svg).fault, "");
        EXPECT_EQ(svg.find("nan"), std::string::npos);
        EXPECT_EQ(svg.find("inf"), std::string::npos);
      }
    }
    EXPECT_NE(plot_svg(make_plot(kind, {})).find("no values to show"), std::string::npos);
    EXPECT_NE(plot_svg(make_plot(kind, {}, 0)).find("no values to show"), std::string::npos);
  }
}

TEST(PlotSvg, NamesOfTheWrongNumberAreNoFault) {
  for (const auto kind : kKinds) {
    Plot plot = make_plot(kind, {exact(1), exact(2), exact(3)});
    plot.categories.resize(1);
    plot.series[0].labels.clear();
    plot.series[0].x.resize(2);
    for (const auto& svg : drawings(plot)) {
      EXPECT_EQ(check_xml(svg).fault, "");
      EXPECT_EQ(titles(svg).size(), has_numeric_x(plot) ? 2u : 3u);
    }
  }
}

TEST(PlotSvg, HostileNamesStayText) {
  const std::string hostile = "<script>alert(\"x\")</script> & ' \xff \x01 ]]> -->";
  for (const auto kind : kKinds) {
    Plot plot = make_plot(kind, {{.2, .1, .3}, exact(.4)}, 2);
    plot.title = plot.x_label = plot.y_label = plot.categories[0] = plot.series[0].name = plot.series[0].labels[1] =
        hostile;
    for (const auto& svg : drawings(plot)) {
      const XmlCheck check = check_xml(svg);
      EXPECT_EQ(check.fault, "");
      EXPECT_TRUE(check.named("script").empty());
    }
  }
}

TEST(PlotSvg, LegendOnlyWithSeveralSeries) {
  const auto named = [](const std::string& svg) { return svg.find(">series 0</text>") != std::string::npos; };
  for (const auto kind : kKinds) {
    EXPECT_FALSE(named(plot_svg(make_plot(kind, {exact(1)}, 1))));
    EXPECT_TRUE(named(plot_svg(make_plot(kind, {exact(1)}, 2))));
  }
}

TEST(PlotSvg, BarsStartAtZeroAndHaveTheirLengthInProportion) {
  const XmlCheck check =
      check_xml(draw_plot(make_plot(Plot::Kind::kBars, {exact(10), exact(20), exact(-5)}), {page_theme(), 760, false}));
  std::vector<XmlElement> bars;
  for (const auto& rectangle : check.named("rect"))
    if (rectangle.attributes.at("fill") == "var(--series-1)") bars.push_back(rectangle);
  ASSERT_EQ(bars.size(), 3u);
  const double one = number(bars[0], "height");
  EXPECT_NEAR(number(bars[1], "height"), 2 * one, 0.05);
  EXPECT_NEAR(number(bars[2], "height"), one / 2, 0.05);
  EXPECT_NEAR(number(bars[0], "y") + one, number(bars[2], "y"), 0.05) << "the zero line";
}

TEST(PlotSvg, LongNamesTurnBarsSidewaysAndStayInside) {
  Plot plot =
      make_plot(Plot::Kind::kBars, {exact(.1), exact(.2), exact(.3), exact(.4), exact(.5), exact(.6), exact(.7)});
  for (auto& name : plot.categories) name.insert(0, "similarity_regression with a very long suffix ");
  for (const double width : {760.0, 358.0}) {
    const XmlCheck check = check_xml(draw_plot(plot, {page_theme(), width, false}));
    for (const auto& box : text_boxes(check)) {
      EXPECT_GE(box.left, -0.5);
      EXPECT_LE(box.right, width + 0.5);
    }
  }
}

TEST(PlotSvg, TextsNeverCoverEachOther) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> value(0.02, 0.4);
  for (const auto kind : kKinds) {
    for (std::size_t count = 1; count <= 14; ++count) {
      std::vector<ReportInterval> y;
      for (std::size_t i = 0; i < count; ++i) {
        const double v = value(random);
        y.push_back({v, v * 0.9, v * 1.1});
      }
      for (const std::size_t series : {1, 3}) {
        Plot plot = make_plot(kind, y, series);
        if (kind == Plot::Kind::kScatter)
          for (auto& one : plot.series)
            for (auto& x : one.x) x = value(random);
        for (const auto& svg : drawings(plot)) {
          const auto boxes = text_boxes(check_xml(svg));
          for (std::size_t a = 0; a < boxes.size(); ++a)
            for (std::size_t b = 0; b < a; ++b)
              EXPECT_FALSE(boxes[a].overlaps(boxes[b]))
                  << static_cast<int>(kind) << " " << count << " " << series << "\n"
                  << svg;
        }
      }
    }
  }
}

TEST(PlotSvg, ManyCategoriesShowEveryNthName) {
  std::vector<ReportInterval> y(200, exact(.5));
  for (const auto kind : {Plot::Kind::kBars, Plot::Kind::kLines}) {
    const std::string svg = draw_plot(make_plot(kind, y), {page_theme(), 760, false});
    EXPECT_EQ(titles(svg).size(), 200u);
    EXPECT_LT(check_xml(svg).named("text").size(), 80u);
    EXPECT_LT(number(check_xml(svg).elements.front(), "height"), 700);
  }
}

TEST(PlotSvg, SamePlotSameBytes) {
  const Plot plot = make_plot(Plot::Kind::kScatter, {{.2, .1, .3}, exact(.4)}, 3);
  EXPECT_EQ(plot_svg(plot), plot_svg(plot));
}

TEST(PlotSvg, ManySeriesDifferInColourShapeOrDash) {
  std::set<std::pair<std::size_t, std::string_view>> seen;
  for (std::size_t s = 0; s < 32; ++s) seen.insert({s % 8, dash_of(s)});
  EXPECT_EQ(seen.size(), 32u);
}

}  // namespace genre
