#include "genre/track/report.h"

#include <fmt/format.h>

#include <set>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/process.h"
#include "genre/track/file_name.h"
#include "genre/track/html.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

std::string unused_name(const std::string& wanted, std::set<std::string>& used) {
  const std::string base = safe_file_name(wanted);
  std::string name = base;
  for (int number = 2; !used.insert(name).second; ++number) name = fmt::format("{}-{}", base, number);
  return name;
}

// Draws at twice the size, for dense screens. Returns what went wrong, or nothing.
std::string convert_to_png(const fs::path& svg, const fs::path& png) {
  const fs::path draft = png.string() + ".draft";
  ProcessResult result;
  try {
    result = run_process({"rsvg-convert", "--zoom", "2", "--output", draft.string(), svg.string()});
  } catch (const Error& e) {
    return e.what();
  }
  std::error_code code;
  if (result.exit_code == 0) fs::rename(draft, png, code);
  if (result.exit_code == 0 && !code) return {};
  fs::remove(draft, code);
  if (result.exit_code == 127) return "rsvg-convert is not installed (Debian package librsvg2-bin)";
  return fmt::format("rsvg-convert ended with {}: {}", result.exit_code, result.output);
}

}  // namespace

ReportFiles write_report(const Report& report, const fs::path& folder) {
  ReportFiles files{.html = folder / "report.html", .images = {}, .warnings = {}};
  std::vector<PlotLinks> links;
  std::set<std::string> names;
  std::string fault;
  for (const auto& section : report.sections) {
    for (const auto& plot : section.plots) {
      const std::string name = unused_name(plot.file, names);
      const fs::path svg = folder / "plots" / (name + ".svg"), png = folder / "plots" / (name + ".png");
      write_file_atomic(svg, plot_svg(plot));
      files.images.push_back(svg);
      links.push_back({"plots/" + name + ".svg", ""});
      if (const std::string problem = convert_to_png(svg, png); problem.empty()) {
        files.images.push_back(png);
        links.back().png = "plots/" + name + ".png";
      } else if (problem != fault) {
        fault = problem;  // the same for every plot: said once
        files.warnings.push_back("PNG left out: " + problem);
      }
    }
  }
  write_file_atomic(files.html, report_html(report, links));
  return files;
}

}  // namespace genre
