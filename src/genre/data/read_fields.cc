#include "genre/data/read_fields.h"

#include <fmt/format.h>

#include "genre/base/error.h"
#include "genre/data/cell_text.h"
#include "genre/data/source_audit.h"
#include "genre/data/source_rows.h"

namespace genre {
namespace fs = std::filesystem;

FieldRead read_fields(const std::vector<IdSourceOptions>& sources, std::string_view table, const fs::path& base_folder,
                      double maximum_rejected, RejectedRows& rejected) {
  FieldRead out;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const IdSourceOptions& source = sources[i];
    if (source.format == "lists" || source.format == "mind")
      throw Error(ErrorCode::kConfig, fmt::format("{} cannot be {}", table, source.format),
                  "use csv, jsonl, parquet or atomic",
                  {.file = {}, .line = 0, .key = fmt::format("data.{}[{}].format", table, i)});
    ColumnRequest request;
    const auto id = source.columns.find("id");
    const std::string default_id = source.format == "atomic" ? (table == "items" ? "item_id" : "user_id") : "id";
    request.wanted.push_back(
        {"id", id == source.columns.end() ? config::ColumnRef{std::nullopt, default_id} : id->second, true});
    for (const auto& [field, column] : source.columns)
      if (field != "id") request.wanted.push_back({field, column, true});
    request.all_others = source.columns.empty();

    SourceAudit audit(rejected, maximum_rejected);
    std::string room;  // of ids
    for (const auto& file : source_files(source, base_folder)) {
      std::vector<std::vector<std::string>*> targets;  // of each role; fields are made as they appear
      read_rows(file, source, request, [&](const SourceRow& row) {
        audit.count();
        if (!row.fault.empty()) return audit.reject(file, row, std::string(row.fault));
        for (std::size_t role = targets.size(); role < row.roles.size(); ++role)
          targets.push_back(role == 0 ? nullptr : &out.fields[row.roles[role]]);
        const std::string_view name = id_in_catalogue(source.catalogue, trimmed(row.cells[0].value_or("")), room);
        if (const std::string fault = id_fault("id", name); !fault.empty()) return audit.reject(file, row, fault);
        const auto number = static_cast<std::size_t>(out.ids.intern(name));
        for (std::size_t role = 1; role < row.cells.size(); ++role) {
          const std::string_view text = trimmed(row.cells[role].value_or(""));
          if (text.empty()) continue;
          if (targets[role]->size() <= number) targets[role]->resize(number + 1);
          (*targets[role])[number] = text;
        }
      });
    }
    audit.finish();
  }
  for (auto& [name, values] : out.fields) values.resize(static_cast<std::size_t>(out.ids.size()));
  return out;
}

}  // namespace genre
