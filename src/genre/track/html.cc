#include "genre/track/html.h"

#include <fmt/format.h>

#include <algorithm>

#include "genre/track/html_style.h"
#include "genre/track/plot_frame.h"
#include "genre/track/xml.h"

namespace genre {
namespace {

constexpr double kWide = 760, kNarrow = 358;  // the column of text on a desk, and on a phone

bool blank(std::string_view cell) { return cell.empty() || cell == "-" || cell == "–" || cell == "—"; }

bool starts_as_number(std::string_view cell) {
  for (const std::string_view sign : {"+", "-", "−", "<", ">", "≤", "≥", "±", " "})
    if (cell.starts_with(sign)) return starts_as_number(cell.substr(sign.size()));
  return !cell.empty() && cell.front() >= '0' && cell.front() <= '9';
}

// "0.2865 [0.2801, 0.2925]" puts the interval on a line of its own.
std::string cell_html(const std::string& cell, bool number) {
  const std::size_t bracket = cell.find(" [");
  if (!number || bracket == std::string::npos || cell.back() != ']') return escape_xml(cell);
  return fmt::format("{} <span class=\"interval\">{}</span>", escape_xml(cell.substr(0, bracket)),
                     escape_xml(cell.substr(bracket + 1)));
}

std::string table_html(const ReportTable& table) {
  std::size_t columns = table.columns.size();
  for (const auto& row : table.rows) columns = std::max(columns, row.size());
  std::vector<bool> number(columns);
  for (std::size_t c = 0; c < columns; ++c) number[c] = numeric_column(table, c);
  const auto class_of = [&](std::size_t c) { return number[c] ? " class=\"number\"" : ""; };

  std::string out =
      fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n<table>\n<thead><tr>",
                  escape_xml(table.title.empty() ? "table" : table.title));
  for (std::size_t c = 0; c < columns; ++c)
    out += fmt::format("<th scope=\"col\"{}>{}</th>", class_of(c),
                       c < table.columns.size() ? escape_xml(table.columns[c]) : "");
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t c = 0; c < columns; ++c) {
      const std::string text = c < row.size() ? cell_html(row[c], number[c]) : "";
      out += c == 0 ? fmt::format("<th scope=\"row\"{}>{}</th>", class_of(c), text)
                    : fmt::format("<td{}>{}</td>", class_of(c), text);
    }
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table>\n</div>\n";
}

std::string caption_html(std::string_view kind, int number, const std::string& title, const std::string& caption) {
  std::string out = fmt::format("<b>{} {}", kind, number);
  if (!title.empty()) out += ". " + escape_xml(title);
  out += ".</b>";
  return caption.empty() ? out : out + " " + escape_xml(caption);
}

// The numbers behind a drawing, for those who read it with ears or want to copy them.
ReportTable data_of(const Plot& plot) {
  const bool numeric = has_numeric_x(plot), scatter = plot.kind == Plot::Kind::kScatter;
  const auto named = [](const std::string& name, const char* otherwise) { return name.empty() ? otherwise : name; };
  ReportTable out{.title = "Numbers of " + plot.title, .caption = {}, .columns = {}, .rows = {}};
  out.columns = {scatter ? "point" : named(plot.x_label, numeric ? "x" : "category"), "series"};
  if (scatter) out.columns.push_back(named(plot.x_label, "x"));
  out.columns.insert(out.columns.end(), {named(plot.y_label, "value"), "low", "high"});
  const auto names = category_names(plot);
  for (const auto& series : plot.series) {
    for (std::size_t i = 0; i < series.y.size(); ++i) {
      const ReportInterval& y = series.y[i];
      const std::string x = i < series.x.size() ? short_number(series.x[i], scatter ? 6 : 12) : "–";
      const std::string label = i < series.labels.size() ? series.labels[i] : "";
      std::vector<std::string> row = {scatter ? label : numeric ? x : names[i], series.name};
      if (scatter) row.push_back(x);
      row.push_back(short_number(y.value, 6));
      for (const double end : {y.low, y.high}) row.push_back(has_interval(y) ? short_number(end, 6) : "–");
      out.rows.push_back(std::move(row));
    }
  }
  return out;
}

std::string links_html(const PlotLinks& links) {
  std::string out;
  for (const auto& [path, name] : {std::pair{links.svg, "SVG"}, std::pair{links.png, "PNG"}})
    if (!path.empty())
      out += fmt::format("{}<a href=\"{}\">{}</a>", out.empty() ? " <span class=\"links\">" : " · ", escape_xml(path),
                         name);
  return out.empty() ? out : out + "</span>";
}

std::string plot_html(const Plot& plot, int number, const PlotLinks& links) {
  std::string out = "<figure class=\"plot\">\n";
  for (const auto& [name, width] : {std::pair{"wide", kWide}, std::pair{"narrow", kNarrow}})
    out += fmt::format("<div class=\"{}\">{}</div>\n", name, draw_plot(plot, {page_theme(), width, false}));
  out += fmt::format("<figcaption>{}{}</figcaption>\n", caption_html("Figure", number, plot.title, plot.caption),
                     links_html(links));
  out += "<details><summary>Numbers of this figure</summary>\n" + table_html(data_of(plot)) + "</details>\n";
  return out + "</figure>\n";
}

std::string head_html(const Report& report) {
  std::string out = fmt::format("<header>\n<h1>{}</h1>\n", escape_xml(report.title));
  if (!report.subtitle.empty()) out += fmt::format("<p class=\"subtitle\">{}</p>\n", escape_xml(report.subtitle));
  if (!report.facts.empty()) {
    out += "<dl class=\"facts\">\n";
    for (const auto& [name, value] : report.facts)
      out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_xml(name), escape_xml(value));
    out += "</dl>\n";
  }
  return out + "</header>\n";
}

std::string contents_html(const Report& report) {
  if (report.sections.size() < 2) return {};
  std::string out = "<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n<ol>\n";
  for (std::size_t i = 0; i < report.sections.size(); ++i)
    out += fmt::format("<li><a href=\"#section-{}\">{}</a></li>\n", i + 1, escape_xml(report.sections[i].title));
  return out + "</ol>\n</nav>\n";
}

}  // namespace

bool numeric_column(const ReportTable& table, std::size_t column) {
  bool any = false;
  for (const auto& row : table.rows) {
    if (column >= row.size() || blank(row[column])) continue;
    if (!starts_as_number(row[column])) return false;
    any = true;
  }
  return any;
}

std::string report_html(const Report& report, const std::vector<PlotLinks>& links) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out += "<meta name=\"color-scheme\" content=\"light dark\">\n";
  out += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
  out += fmt::format("<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<div class=\"page\">\n",
                     escape_xml(report.title), report_style());
  out += head_html(report) + contents_html(report) + "<main>\n";
  int tables = 0, figures = 0;
  for (std::size_t i = 0; i < report.sections.size(); ++i) {
    const ReportSection& section = report.sections[i];
    out += fmt::format("<section id=\"section-{0}\" aria-labelledby=\"title-{0}\">\n<h2 id=\"title-{0}\">{1}</h2>\n",
                       i + 1, escape_xml(section.title));
    for (const auto& paragraph : section.paragraphs) out += fmt::format("<p>{}</p>\n", escape_xml(paragraph));
    for (const auto& table : section.tables)
      out += fmt::format("<figure class=\"table\">\n<figcaption>{}</figcaption>\n{}</figure>\n",
                         caption_html("Table", ++tables, table.title, table.caption), table_html(table));
    for (const auto& plot : section.plots) {
      const auto at = static_cast<std::size_t>(figures);
      out += plot_html(plot, ++figures, at < links.size() ? links[at] : PlotLinks{});
    }
    out += "</section>\n";
  }
  return out + "</main>\n</div>\n</body>\n</html>\n";
}

}  // namespace genre
