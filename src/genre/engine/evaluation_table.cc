#include "genre/engine/evaluation_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"

namespace genre {
namespace {

using nlohmann::ordered_json;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Cell {
  double value = kNan, low = kNan, high = kNan;
};
struct Row {
  std::string model;
  std::vector<Cell> cells;
};

double number(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_number() ? kNan : found->get<double>();
}

std::vector<Row> rows_of(const ordered_json& evaluation, const std::vector<std::string>& metrics) {
  std::vector<Row> out;
  for (const auto& result : evaluation.at("results")) {
    Row row{result.at("model").get<std::string>(), {}};
    for (const auto& metric : metrics) {
      const auto found = result.at("metrics").find(metric);
      row.cells.push_back(found == result.at("metrics").end()
                              ? Cell{}
                              : Cell{number(*found, "value"), number(*found, "low"), number(*found, "high")});
    }
    out.push_back(std::move(row));
  }
  return out;
}

// Errors are better when small, everything else when large.
bool smaller_is_better(const std::string& metric) {
  return metric == "rmse" || metric == "mae" || metric == "log_loss";
}

std::vector<double> best_of(const std::vector<Row>& rows, const std::vector<std::string>& metrics) {
  std::vector<double> out(metrics.size(), kNan);
  for (const Row& row : rows)
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      const double value = row.cells[m].value;
      if (std::isnan(value)) continue;
      if (std::isnan(out[m]) || (smaller_is_better(metrics[m]) ? value < out[m] : value > out[m])) out[m] = value;
    }
  return out;
}

std::string with_interval(const Cell& cell) {
  return std::isnan(cell.value) ? "–" : fmt::format("{:.4f} [{:.4f}, {:.4f}]", cell.value, cell.low, cell.high);
}

std::string text_table(const std::vector<Row>& rows, const std::vector<std::string>& metrics) {
  std::size_t width = 5;
  for (const Row& row : rows) width = std::max(width, row.model.size());
  std::string out = fmt::format("{:<{}}", "model", width);
  for (const auto& metric : metrics) out += fmt::format("  {:>24}", metric);
  out += "\n";
  for (const Row& row : rows) {
    out += fmt::format("{:<{}}", row.model, width);
    for (const Cell& cell : row.cells) out += fmt::format("  {:>24}", with_interval(cell));
    out += "\n";
  }
  return out;
}

std::string markdown_table(const std::vector<Row>& rows, const std::vector<std::string>& metrics) {
  const auto best = best_of(rows, metrics);
  std::string out = "| model |", rule = "|---|";
  for (const auto& metric : metrics) {
    out += " " + metric + " |";
    rule += "---|";
  }
  out += "\n" + rule + "\n";
  for (const Row& row : rows) {
    out += "| `" + row.model + "` |";
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      const std::string text = with_interval(row.cells[m]);
      out += row.cells[m].value == best[m] ? " **" + text + "** |" : " " + text + " |";
    }
    out += "\n";
  }
  return out;
}

std::string csv_table(const std::vector<Row>& rows, const std::vector<std::string>& metrics) {
  std::string out = "model";
  for (const auto& metric : metrics) out += fmt::format(",{0},{0}_low,{0}_high", metric);
  out += "\n";
  for (const Row& row : rows) {
    std::string name;
    for (const char c : row.model) name += c == '"' ? std::string("\"\"") : std::string(1, c);
    out += row.model.find_first_of(",\"\n") == std::string::npos ? row.model : "\"" + name + "\"";
    for (const Cell& cell : row.cells)
      for (const double value : {cell.value, cell.low, cell.high})
        out += std::isnan(value) ? std::string(",") : fmt::format(",{}", value);
    out += "\n";
  }
  return out;
}

std::string latex(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("&%$#_{}").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string latex_table(const ordered_json& evaluation, const std::vector<Row>& rows,
                        const std::vector<std::string>& metrics) {
  const auto best = best_of(rows, metrics);
  std::string out = "% needs \\usepackage{booktabs}\n\\begin{table}\n\\centering\n\\begin{tabular}{l" +
                    std::string(metrics.size(), 'r') + "}\n\\toprule\nmodel";
  for (const auto& metric : metrics) out += " & " + latex(metric);
  out += " \\\\\n\\midrule\n";
  for (const Row& row : rows) {
    out += latex(row.model);
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      const double value = row.cells[m].value;
      const std::string text = std::isnan(value) ? "--" : fmt::format("{:.4f}", value);
      out += value == best[m] ? " & \\textbf{" + text + "}" : " & " + text;
    }
    out += " \\\\\n";
  }
  out += "\\bottomrule\n\\end{tabular}\n";
  if (!evaluation.at("results").empty()) {
    const auto& first = evaluation.at("results").front();
    const auto& protocol = first.at("protocol");
    out += fmt::format("\\caption{{Means over {} users; split: {}, candidates: {}, definition {}.}}\n",
                       first.at("users").dump(), latex(protocol.at("split").get<std::string>()),
                       latex(protocol.at("candidates").get<std::string>()),
                       latex(protocol.at("definition").get<std::string>()));
  }
  return out + "\\end{table}\n";
}

}  // namespace

TableFormat parse_table_format(const std::string& name) {
  if (name == "text") return TableFormat::kText;
  if (name == "markdown") return TableFormat::kMarkdown;
  if (name == "csv") return TableFormat::kCsv;
  if (name == "latex") return TableFormat::kLatex;
  throw Error(ErrorCode::kUsage, "table format \"" + name + "\" is unknown", "text, markdown, csv or latex");
}

std::string evaluation_table(const ordered_json& evaluation, const std::vector<std::string>& metrics,
                             TableFormat format) {
  const auto rows = rows_of(evaluation, metrics);
  switch (format) {
    case TableFormat::kText:
      return text_table(rows, metrics);
    case TableFormat::kMarkdown:
      return markdown_table(rows, metrics);
    case TableFormat::kCsv:
      return csv_table(rows, metrics);
    case TableFormat::kLatex:
      return latex_table(evaluation, rows, metrics);
  }
  return {};
}

}  // namespace genre
