#include "genre/engine/evaluation_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/not_a_number.h"
#include "genre/engine/report_numbers.h"

namespace genre {
namespace {

using nlohmann::ordered_json;

struct Cell {
  double value = kNan, low = kNan, high = kNan;
};
// More values of a model, one a metric: those of its repetitions, and what others report.
struct Detail {
  std::string name;
  std::vector<double> values;
  bool difference = false;
};
struct Row {
  std::string model;
  std::vector<Cell> cells;
  std::vector<Detail> details;
};

std::vector<Detail> details_of(const ordered_json& evaluation, const ordered_json& result, const Row& row,
                               const std::vector<std::string>& metrics) {
  std::vector<Detail> out;
  if (const auto repeated = result.find("repetitions"); repeated != result.end()) {
    const auto& names = evaluation.at("repetitions");
    const auto add = [&](std::string name, auto&& value_of) {
      Detail detail{std::move(name), {}};
      for (const auto& metric : metrics) {
        const auto found = repeated->find(metric);
        detail.values.push_back(found == repeated->end() ? kNan : value_of(*found));
      }
      out.push_back(std::move(detail));
    };
    add(fmt::format("mean of {}", names.size()), [](const ordered_json& found) { return number_at(found, "mean"); });
    add("standard deviation", [](const ordered_json& found) { return number_at(found, "deviation"); });
    for (std::size_t r = 0; r < names.size(); ++r)
      add(names[r].get<std::string>(), [r](const ordered_json& found) {
        const auto& value = found.at("values").at(r);
        return value.is_number() ? value.get<double>() : kNan;
      });
  }
  if (const auto published = result.find("published"); published != result.end()) {
    Detail theirs{"published", {}}, difference{"difference", {}, true};
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      theirs.values.push_back(number_at(*published, metrics[m].c_str()));
      difference.values.push_back(row.cells[m].value - theirs.values.back());
    }
    out.push_back(std::move(theirs));
    out.push_back(std::move(difference));
  }
  return out;
}

std::vector<Row> rows_of(const ordered_json& evaluation, const std::vector<std::string>& metrics) {
  std::vector<Row> out;
  for (const auto& result : evaluation.at("results")) {
    Row row{result.at("model").get<std::string>(), {}, {}};
    for (const auto& metric : metrics) {
      const auto found = result.at("metrics").find(metric);
      row.cells.push_back(found == result.at("metrics").end()
                              ? Cell{}
                              : Cell{number_at(*found, "value"), number_at(*found, "low"), number_at(*found, "high")});
    }
    row.details = details_of(evaluation, result, row, metrics);
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
  if (std::isnan(cell.value)) return "–";
  if (std::isnan(cell.low) && std::isnan(cell.high)) return fmt::format("{:.4f}", cell.value);
  return fmt::format("{:.4f} [{:.4f}, {:.4f}]", cell.value, cell.low, cell.high);
}

std::string detail_text(const Detail& detail, std::size_t metric, const char* absent = "–") {
  const double value = detail.values[metric];
  if (std::isnan(value)) return absent;
  return detail.difference ? fmt::format("{:+.4f}", value) : fmt::format("{:.4f}", value);
}

// Who reports the published values; "" where nobody is named.
std::string source_of(const ordered_json& evaluation) { return evaluation.value("published_source", ""); }

std::string text_table(const ordered_json& evaluation, const std::vector<Row>& rows,
                       const std::vector<std::string>& metrics) {
  std::size_t width = 5;
  for (const Row& row : rows) {
    width = std::max(width, row.model.size());
    for (const Detail& detail : row.details) width = std::max(width, 2 + detail.name.size());
  }
  std::string out = fmt::format("{:<{}}", "model", width);
  for (const auto& metric : metrics) out += fmt::format("  {:>24}", metric);
  out += "\n";
  for (const Row& row : rows) {
    out += fmt::format("{:<{}}", row.model, width);
    for (const Cell& cell : row.cells) out += fmt::format("  {:>24}", with_interval(cell));
    out += "\n";
    for (const Detail& detail : row.details) {
      out += fmt::format("{:<{}}", "  " + detail.name, width);
      for (std::size_t m = 0; m < metrics.size(); ++m) out += fmt::format("  {:>24}", detail_text(detail, m));
      out += "\n";
    }
  }
  if (!source_of(evaluation).empty()) out += "published: " + source_of(evaluation) + "\n";
  return out;
}

std::string markdown_table(const ordered_json& evaluation, const std::vector<Row>& rows,
                           const std::vector<std::string>& metrics) {
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
    for (const Detail& detail : row.details) {
      out += "| " + detail.name + " |";
      for (std::size_t m = 0; m < metrics.size(); ++m) out += " " + detail_text(detail, m) + " |";
      out += "\n";
    }
  }
  if (!source_of(evaluation).empty()) out += "\nPublished: " + source_of(evaluation) + "\n";
  return out;
}

// "standard deviation" -> "standard_deviation", "fold 0, seed 7" -> "fold_0_seed_7"
std::string column_name(const std::string& name) {
  std::string out;
  for (const char c : name)
    if (c != ',') out += c == ' ' ? '_' : c;
  return out;
}

std::string csv_table(const std::vector<Row>& rows, const std::vector<std::string>& metrics) {
  std::vector<std::string> details;
  for (const Row& row : rows)
    for (const Detail& detail : row.details)
      if (std::find(details.begin(), details.end(), detail.name) == details.end()) details.push_back(detail.name);
  std::string out = "model";
  for (const auto& metric : metrics) {
    out += fmt::format(",{0},{0}_low,{0}_high", metric);
    for (const auto& detail : details) out += "," + metric + "_" + column_name(detail);
  }
  out += "\n";
  const auto number_text = [](double value) { return std::isnan(value) ? "," : fmt::format(",{}", value); };
  for (const Row& row : rows) {
    std::string name;
    for (const char c : row.model) name += c == '"' ? std::string("\"\"") : std::string(1, c);
    out += row.model.find_first_of(",\"\n") == std::string::npos ? row.model : "\"" + name + "\"";
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      const Cell& cell = row.cells[m];
      for (const double value : {cell.value, cell.low, cell.high}) out += number_text(value);
      for (const auto& column : details) {
        const auto found = std::find_if(row.details.begin(), row.details.end(),
                                        [&](const Detail& detail) { return detail.name == column; });
        out += number_text(found == row.details.end() ? kNan : found->values[m]);
      }
    }
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
    for (const Detail& detail : row.details) {
      out += "\\quad " + latex(detail.name);
      for (std::size_t m = 0; m < metrics.size(); ++m) out += " & " + detail_text(detail, m, "--");
      out += " \\\\\n";
    }
  }
  out += "\\bottomrule\n\\end{tabular}\n";
  if (!evaluation.at("results").empty()) {
    const auto& first = evaluation.at("results").front();
    const auto& protocol = first.at("protocol");
    const std::string source = source_of(evaluation).empty() ? "" : " Published: " + latex(source_of(evaluation)) + ".";
    out += fmt::format("\\caption{{Means over {} users; split: {}, candidates: {}, definition {}.{}}}\n",
                       first.at("users").dump(), latex(protocol.at("split").get<std::string>()),
                       latex(protocol.at("candidates").get<std::string>()),
                       latex(protocol.at("definition").get<std::string>()), source);
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
      return text_table(evaluation, rows, metrics);
    case TableFormat::kMarkdown:
      return markdown_table(evaluation, rows, metrics);
    case TableFormat::kCsv:
      return csv_table(rows, metrics);
    case TableFormat::kLatex:
      return latex_table(evaluation, rows, metrics);
  }
  return {};
}

}  // namespace genre
