#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "data_verbs.h"
#include "genre/data/infer.h"
#include "inferred_configuration.h"

namespace genre::app {
namespace {

struct DataImportArguments {
  std::string file, items, output;
  bool infer = false, force = false;
};

std::string column_name(const config::ColumnRef& column) {
  return column.index ? fmt::format("number {}", *column.index) : column.name;
}

nlohmann::ordered_json layout_json(const InferredLayout& layout) {
  auto columns = nlohmann::ordered_json::object();
  for (const auto& [role, column] : layout.columns)
    columns[role] = column.index ? nlohmann::ordered_json(*column.index) : nlohmann::ordered_json(column.name);
  const auto number = [](const std::optional<double>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  return {{"format", layout.format},
          {"delimiter", layout.format == "csv" ? nlohmann::ordered_json(layout.delimiter) : nullptr},
          {"header", layout.header},
          {"encoding", layout.encoding},
          {"time_unit", layout.columns.contains("time") ? nlohmann::ordered_json(layout.time_unit) : nullptr},
          {"date_order", layout.date_order.empty() ? nullptr : nlohmann::ordered_json(layout.date_order)},
          {"columns", columns},
          {"sample", layout.sample},
          {"smallest_value", number(layout.smallest_value)},
          {"largest_value", number(layout.largest_value)}};
}

void print_layout(const std::string& file, const InferredLayout& layout) {
  std::string delimiter = layout.delimiter == "\t" ? "\\t" : layout.delimiter;
  std::printf("%s: %s%s, %s, %s\n", file.c_str(), layout.format.c_str(),
              layout.format == "csv" ? (" cut at '" + delimiter + "'").c_str() : "",
              layout.header ? "columns by name" : "columns by number", layout.encoding.c_str());
  for (const auto& [role, column] : layout.columns) {
    const std::string example = layout.example(role);
    std::printf("  %-10s %-20s %s\n", role.c_str(), column_name(column).c_str(),
                example.empty() ? "" : ("such as " + example).c_str());
  }
  if (layout.columns.contains("time"))
    std::printf("  times are %s%s\n", layout.time_unit.c_str(),
                layout.date_order.empty() ? "" : (", " + layout.date_order).c_str());
  if (layout.largest_value) std::printf("  values run from %g to %g\n", *layout.smallest_value, *layout.largest_value);
}

void import(const DataImportArguments& arguments) {
  if (!arguments.infer)
    throw Error(
        ErrorCode::kUsage, "a file has no columns that are known beforehand",
        "--infer guesses them and shows them; --output CONFIG then writes a configuration to look at and change");
  const InferredLayout events = infer_interactions(arguments.file);
  nlohmann::ordered_json out = {{"file", arguments.file}};
  out.update(layout_json(events));
  if (!output().json) print_layout(arguments.file, events);
  if (!arguments.items.empty()) {
    const InferredLayout items = infer_items(arguments.items);
    out["items"] = layout_json(items);
    if (!output().json) print_layout(arguments.items, items);
  }
  if (!arguments.output.empty()) {
    write_inferred_configuration(inferred_configuration(arguments.file, arguments.items, arguments.output),
                                 arguments.output, arguments.force);
    out["config"] = arguments.output;
    if (!output().json)
      std::printf("%s written; next: genre data validate %s\n", arguments.output.c_str(), arguments.output.c_str());
  } else if (!output().json) {
    std::printf("nothing is written; --output genre.toml writes a configuration that reads the file so\n");
  }
  if (output().json) print_json("data.import", out);
}

}  // namespace

void add_data_import(CLI::App& data) {
  auto arguments = std::make_shared<DataImportArguments>();
  auto* const verb =
      add_verb(data, "import", "guess the columns of a file, show them, write a configuration",
               "  genre data import ratings.csv --infer\n  genre data import ratings.csv --infer --items "
               "films.csv --output genre.toml\n");
  verb->add_option("file", arguments->file, "file of events: CSV with any delimiter, JSON lines or Parquet; .gz, .zst")
      ->required();
  verb->add_flag("--infer", arguments->infer, "guess columns, delimiter, encoding and form of times");
  verb->add_option("--items", arguments->items, "file of items: id, title, other fields");
  verb->add_option("--output", arguments->output, "configuration to write");
  verb->add_flag("--force", arguments->force, "replace an existing configuration");
  verb->callback([arguments] { import(*arguments); });
}

}  // namespace genre::app
