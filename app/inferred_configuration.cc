#include "inferred_configuration.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/config/toml.h"
#include "genre/data/infer.h"

namespace genre::app {
namespace fs = std::filesystem;
namespace {

std::string quote(const std::string& text) {
  const std::string line = config::to_toml({config::Table{{"x", {text, {}}}}, {}});  // x = "text"
  return line.substr(4, line.size() - 5);
}

std::string column_table(const std::map<std::string, config::ColumnRef>& columns) {
  std::string out;
  for (const auto& [role, column] : columns)
    out += fmt::format("{}{} = {}", out.empty() ? " " : ", ", role,
                       column.index ? std::to_string(*column.index) : quote(column.name));
  return "{" + out + " }";
}

std::string source_lines(const fs::path& path, const fs::path& config, const InferredLayout& layout) {
  std::error_code error;
  const fs::path relative = fs::relative(path, fs::absolute(config).parent_path(), error);
  std::string out =
      fmt::format("path = {}\nformat = \"{}\"\n",
                  quote((error || relative.empty() ? fs::absolute(path) : relative).string()), layout.format);
  if (layout.format == "csv")
    out += fmt::format("delimiter = {}\nheader = {}\n", quote(layout.delimiter), layout.header);
  if (layout.encoding != "utf-8") out += fmt::format("encoding = \"{}\"\n", layout.encoding);
  return out + "columns = " + column_table(layout.columns) + "\n";
}

}  // namespace

std::string inferred_configuration(const std::filesystem::path& interactions, const std::filesystem::path& items,
                                   const std::filesystem::path& output) {
  const InferredLayout events = infer_interactions(interactions);
  const bool has_time = events.columns.contains("time"), has_value = events.columns.contains("value");
  std::string out = "# Made from the files at hand. Every key: genre config schema. Check: genre config check " +
                    output.string() + "\n\nseed = 7\n\n[data]\nname = " + quote(interactions.stem().string()) +
                    "\n\n# Who did what. First row read as: " + fmt::format("{}", fmt::join(events.sample, " | ")) +
                    "\n[[data.interactions]]\n" + source_lines(interactions, output, events);
  if (has_time)
    out += fmt::format("time_unit = \"{}\"   # seconds, milliseconds, rfc3339 or auto\n{}", events.time_unit,
                       events.date_order.empty() ? "" : fmt::format("date_order = \"{}\"\n", events.date_order));
  if (!events.columns.contains("type"))
    out +=
        fmt::format("type = \"{}\"   # view, click, purchase, rating, comment, share\n", has_value ? "rating" : "view");
  std::string text_template;
  if (!items.empty()) {
    const InferredLayout fields = infer_items(items);
    out += "\n# What the items are: id, title and every other field, for text, filters and reasons.\n[[data.items]]\n" +
           source_lines(items, output, fields);
    for (const auto& [role, column] : fields.columns)
      if (role != "id") text_template += (text_template.empty() ? "{" : role == "title" ? "{" : ". {") + role + "}";
    if (fields.columns.contains("title")) {  // the title leads
      text_template = "{title}";
      for (const auto& [role, column] : fields.columns)
        if (role != "id" && role != "title") text_template += ". {" + role + "}";
    }
  }
  if (events.largest_value && !events.columns.contains("type")) {
    // Four fifths of the largest value: 4 of 5 stars, 8 of 10.
    out += fmt::format(
        "\n# Values in the first rows: {} to {}. What counts as liked; leave it out and every event does.\n"
        "[data.events.rating]\nweight = 1.0\npositive = \"value >= {}\"\n",
        *events.smallest_value, *events.largest_value, *events.largest_value * 0.8);
  }
  out +=
      "\n[data.clean]\nduplicates = \"last\"   # last, first, sum, max or keep\n# k_core = { user = 5, item = 5 }   # "
      "leave out users and items with fewer interactions\n";
  out += fmt::format(
      "\n[data.split]\nkind = \"{}\"   # temporal, user_ratio, leave_one_out, cold_item, files, none\nratio = [0.8, "
      "0.1, 0.1]\n",
      has_time ? "temporal" : "user_ratio");
  if (text_template.empty())
    out +=
        "\n# No item file was given, so no language model is used.\n[lm]\nmodel = \"none\"\n\n[model]\nname = \"ease\" "
        "  # genre models lists all\n";
  else
    out += "\n[item_text]\ntemplate = " + quote(text_template) +
           "   # what the language model reads of an item\n\n[lm]\nmodel = \"all-MiniLM-L6-v2\"\n\n[model]\nname = "
           "\"hybrid_ease\"   # genre models lists all\n";
  return out +
         "\n[evaluate]\nmetrics = [\"ndcg@10\", \"recall@20\", \"hr@10\"]\n\n[serve]\naddress = \"127.0.0.1\"\nport = "
         "8080\n";
}

void write_inferred_configuration(const std::string& text, const fs::path& output, bool force) {
  if (fs::exists(output) && !force)
    throw Error(ErrorCode::kUsage, "the configuration exists already", "--force replaces it, --output names another",
                {.file = output.string(), .line = 0, .key = {}});
  write_file_atomic(output, text);
}

}  // namespace genre::app
