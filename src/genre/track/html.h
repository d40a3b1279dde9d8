// The report as one HTML page: styles and drawings inside, no script, nothing fetched.
#pragma once

#include <string>
#include <vector>

#include "genre/track/report.h"

namespace genre {

// The same drawing as files beside the page; paths relative to it, empty where there is none.
struct PlotLinks {
  std::string svg, png;
};

// `links` has one entry a plot, in the order of the sections.
std::string report_html(const Report& report, const std::vector<PlotLinks>& links);

// Whether a table column is set flush right: every cell that is not empty or a dash starts as a number does.
bool numeric_column(const ReportTable& table, std::size_t column);

}  // namespace genre
