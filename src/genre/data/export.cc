#include "genre/data/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "genre/base/error.h"
#include "genre/base/safetensors.h"
#include "genre/data/parquet_writer.h"
#include "genre/data/sparse_npz.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using Type = ParquetColumn::Type;

// The parts that get a file: held-out users are rare, so fold_in only where there are any.
std::vector<int> written_parts(const Dataset& dataset) {
  const auto& part = dataset.interactions.part;
  std::vector<int> out = {0, 1, 2};
  if (std::find(part.begin(), part.end(), static_cast<std::uint8_t>(Part::kFoldIn)) != part.end()) out.push_back(3);
  return out;
}

// A text file that says when it cannot be written.
class TextFile {
 public:
  explicit TextFile(fs::path path) : path_(std::move(path)), out_(path_, std::ios::binary) {}
  TextFile& operator<<(std::string_view text) {
    out_ << text;
    return *this;
  }
  void close() {
    out_.close();
    if (!out_)
      throw Error(ErrorCode::kResources, "the file cannot be written", "check the folder's rights and free space",
                  {.file = path_.string(), .line = 0, .key = {}});
  }

 private:
  fs::path path_;
  std::ofstream out_;
};

void write_ids(const IdMap& ids, const fs::path& path) {
  TextFile out(path);
  for (const auto& id : ids.all()) out << id << "\n";
  out.close();
}

void write_fields(const IdMap& ids, const FieldTable& table, const fs::path& folder) {
  std::vector<ParquetColumn> columns = {{"id", Type::kText}};
  for (const auto& [name, values] : table.fields) columns.push_back({name == "id" ? "id_" : name, Type::kText});
  ParquetWriter out(folder, columns);
  for (std::int32_t i = 0; i < ids.size(); ++i) {
    out.text(ids.external(i));
    for (const auto& [name, values] : table.fields) values[i].empty() ? out.null() : out.text(values[i]);
    out.end_row();
  }
  out.finish();
}

// The names of a matrix's rows and columns.
void write_names(const Dataset& dataset, const fs::path& folder) {
  write_ids(dataset.users, folder / "users.txt");
  write_ids(dataset.items, folder / "items.txt");
}

const std::string& listed(const std::string& id, const char* what) {
  if (id.find_first_of(" \t,") != std::string::npos)
    throw Error(ErrorCode::kData,
                fmt::format("the {} id '{}' has a space, tab or comma, which parts the ids of a line", what, id),
                "export as parquet or text");
  return id;
}

}  // namespace

void export_parquet(const Dataset& dataset, const fs::path& folder) {
  std::vector<ParquetColumn> columns = {
      {"user", Type::kText}, {"item", Type::kText}, {"value", Type::kReal}, {"weight", Type::kReal}};
  if (dataset.has_time) columns.push_back({"time", Type::kTime});
  for (const auto& column : {ParquetColumn{"type", Type::kText}, {"positive", Type::kInteger}, {"part", Type::kText}})
    columns.push_back(column);
  ParquetWriter out(folder / "interactions", columns);
  const Interactions& all = dataset.interactions;
  for (std::int64_t i = 0; i < all.size(); ++i) {
    out.text(dataset.users.external(all.user[i]));
    out.text(dataset.items.external(all.item[i]));
    out.real(all.value[i]);
    out.real(all.weight[i]);
    if (dataset.has_time) out.time(all.time[i]);
    out.text(dataset.types[all.type[i]]);
    out.integer(all.positive[i]);
    out.text(kPartNames[all.part[i]]);
    out.end_row();
  }
  out.finish();
  write_fields(dataset.items, dataset.item_fields, folder / "items");
  write_fields(dataset.users, dataset.user_fields, folder / "users");
}

void export_npz(const Dataset& dataset, const fs::path& folder) {
  for (const int part : written_parts(dataset))
    write_npz(folder / fmt::format("{}.npz", kPartNames[part]), dataset.matrix(1u << part, /*binary=*/false));
  write_names(dataset, folder);
}

void export_safetensors(const Dataset& dataset, const fs::path& folder) {
  for (const int part : written_parts(dataset)) {
    const CsrMatrix matrix = dataset.matrix(1u << part, /*binary=*/false);
    const std::vector<std::int64_t> shape = {matrix.rows, matrix.cols};
    SafetensorsWriter out;
    out.set_metadata("format", "csr");
    out.add<std::int64_t>("indptr", matrix.offsets, {matrix.rows + 1});
    out.add<std::int32_t>("indices", matrix.indices, {matrix.nonzeros()});
    out.add<float>("data", matrix.values, {matrix.nonzeros()});
    out.add<std::int64_t>("shape", shape, {2});
    out.write(folder / fmt::format("{}.safetensors", kPartNames[part]));
  }
  write_names(dataset, folder);
}

void export_lists(const Dataset& dataset, const fs::path& folder) {
  const Interactions& all = dataset.interactions;
  for (const int part : written_parts(dataset)) {
    TextFile out(folder / fmt::format("{}.txt", kPartNames[part]));
    std::int32_t user = -1;
    for (std::int64_t i = 0; i < all.size(); ++i) {
      if (all.part[i] != part) continue;
      if (all.user[i] != user) out << (user < 0 ? "" : "\n") << listed(dataset.users.external(all.user[i]), "user");
      user = all.user[i];
      out << " " << listed(dataset.items.external(all.item[i]), "item");
    }
    if (user >= 0) out << "\n";
    out.close();
  }
}

void export_trec(const Dataset& dataset, const fs::path& folder) {
  for (const int part : written_parts(dataset)) {
    const CsrMatrix liked = dataset.matrix(1u << part, /*binary=*/true);
    TextFile out(folder / fmt::format("{}.qrels", kPartNames[part]));
    for (std::int32_t user = 0; user < dataset.users.size(); ++user)
      for (const auto item : liked.row_indices(user))
        out << listed(dataset.users.external(user), "user") << " 0 " << listed(dataset.items.external(item), "item")
            << " 1\n";
    out.close();
  }
}

std::int64_t export_text(const Dataset& dataset, std::span<const std::string> texts, const TextExportOptions& options,
                         const fs::path& folder) {
  const HistoryWriter writer(dataset, texts, options.history);
  const Interactions& all = dataset.interactions;
  std::vector<ParquetColumn> columns = {
      {"user", Type::kText}, {"text", Type::kText}, {"items", Type::kTextList}, {"words", Type::kInteger}};
  const bool counted = options.history.maximum_tokens > 0;
  if (counted) columns.push_back({"tokens", Type::kInteger});
  if (options.targets != 0) columns.push_back({"targets", Type::kTextList});
  ParquetWriter parquet(folder / "histories", columns, 1 << 17);
  TextFile lines(folder / "histories.jsonl");
  std::int64_t users = 0, row = 0;
  for (std::int32_t user = 0; user < dataset.users.size(); ++user) {
    std::vector<std::string_view> items, targets;
    for (; row < all.size() && all.user[row] == user; ++row)
      if ((options.targets >> all.part[row] & 1u) != 0 && all.positive[row] != 0)
        targets.push_back(dataset.items.external(all.item[row]));
    const HistoryText history = writer.write(user, options.parts);
    if (history.text.empty()) continue;
    for (const auto item : history.items) items.push_back(dataset.items.external(item));
    nlohmann::ordered_json line = {
        {"user", dataset.users.external(user)}, {"text", history.text}, {"items", items}, {"words", history.words}};
    parquet.text(dataset.users.external(user));
    parquet.text(history.text);
    parquet.texts(items);
    parquet.integer(history.words);
    if (counted) {
      line["tokens"] = history.tokens;
      parquet.integer(history.tokens);
    }
    if (options.targets != 0) {
      line["targets"] = targets;
      parquet.texts(targets);
    }
    parquet.end_row();
    lines << line.dump() << "\n";
    ++users;
  }
  parquet.finish();
  lines.close();
  return users;
}

}  // namespace genre
