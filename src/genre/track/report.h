// The self-contained HTML report of an evaluation, with each plot as SVG and PNG beside it.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace genre {

struct ReportInterval {
  double value, low, high;  // low == high: no interval
};

// Points (or bars) of one plot. Series share the axes; NaN values are left out. Of curves, intervals are drawn as a
// band.
struct PlotSeries {
  std::string name;
  std::vector<double> x;  // used by scatter plots and curves
  std::vector<ReportInterval> y;
  std::vector<std::string> labels;  // one a point, or empty
};

struct Plot {
  enum class Kind { kBars, kLines, kScatter, kCurves } kind = Kind::kBars;
  std::string file;  // name of the files beside the report, without ending: "comparison"
  std::string title, x_label, y_label, caption;
  std::vector<std::string> categories;  // kBars and kLines: x positions
  std::vector<PlotSeries> series;
};

// Whether its x positions are those of the series, not categories.
inline bool has_numeric_x(const Plot& plot) {
  return plot.kind == Plot::Kind::kScatter || plot.kind == Plot::Kind::kCurves;
}

struct ReportTable {
  std::string title, caption;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // text cells; numbers are right-aligned
};

struct ReportSection {
  std::string title;
  std::vector<std::string> paragraphs;
  std::vector<ReportTable> tables;
  std::vector<Plot> plots;
};

struct Report {
  std::string title, subtitle;
  std::vector<std::pair<std::string, std::string>> facts;  // shown first: dataset, models, seed, machine
  std::vector<ReportSection> sections;
};

// Standalone SVG with its own light background.
std::string plot_svg(const Plot& plot);

struct ReportFiles {
  std::filesystem::path html;
  std::vector<std::filesystem::path> images;
  std::vector<std::string> warnings;  // such as: PNG left out because rsvg-convert is missing
};
// Writes folder/report.html and folder/plots/*.svg and *.png. All text is escaped. Throws Error(kResources).
ReportFiles write_report(const Report& report, const std::filesystem::path& folder);

}  // namespace genre
