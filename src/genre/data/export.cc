#include "genre/data/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

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

namespace {

// The commonest value of a field among items, as TextExportOptions says.
std::string commonest(const std::vector<std::string>& field, std::span<const std::int32_t> items,
                      const std::string& separators) {
  std::map<std::string_view, int> counts;
  for (const std::int32_t item : items) {
    std::string_view rest = field[item];
    while (!rest.empty()) {
      const auto end = std::min(rest.find_first_of(separators), rest.size());
      std::string_view one = rest.substr(0, end);
      while (one.starts_with(' ')) one.remove_prefix(1);
      while (one.ends_with(' ')) one.remove_suffix(1);
      if (!one.empty()) ++counts[one];
      rest.remove_prefix(std::min(rest.size(), end + 1));
    }
  }
  const auto best = std::ranges::max_element(counts, {}, [](const auto& count) { return count.second; });
  return best == counts.end() ? "" : std::string(best->first);
}

const std::vector<std::string>& item_field(const Dataset& dataset, const std::string& name) {
  const auto found = dataset.item_fields.fields.find(name);
  if (found != dataset.item_fields.fields.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, values] : dataset.item_fields.fields) names.push_back(known);
  throw Error(ErrorCode::kConfig, "items have no field '" + name + "'",
              names.empty() ? "add [[data.items]]" : fmt::format("they have {}", fmt::join(names, ", ")),
              {.key = "label"});
}

}  // namespace

std::int64_t export_text(const Dataset& dataset, std::span<const std::string> texts, const TextExportOptions& options,
                         const fs::path& folder) {
  const HistoryWriter writer(dataset, texts, options.history);
  const Interactions& all = dataset.interactions;
  std::vector<ParquetColumn> columns = {
      {"user", Type::kText}, {"text", Type::kText}, {"items", Type::kTextList}, {"words", Type::kInteger}};
  const bool counted = options.history.maximum_tokens > 0;
  if (counted) columns.push_back({"tokens", Type::kInteger});
  if (options.targets != 0) columns.push_back({"targets", Type::kTextList});
  const std::vector<std::string>* const labels =
      options.label_field.empty() ? nullptr : &item_field(dataset, options.label_field);
  if (labels != nullptr) columns.push_back({"label", Type::kText});
  ParquetWriter parquet(folder / "histories", columns, 1 << 17);
  TextFile lines(folder / "histories.jsonl");
  std::int64_t users = 0, row = 0;
  for (std::int32_t user = 0; user < dataset.users.size(); ++user) {
    std::vector<std::string_view> items, targets;
    std::vector<std::int32_t> next;
    for (; row < all.size() && all.user[row] == user; ++row) {
      if ((options.targets >> all.part[row] & 1u) == 0 || all.positive[row] == 0) continue;
      next.push_back(all.item[row]);
      targets.push_back(dataset.items.external(all.item[row]));
    }
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
    if (labels != nullptr) {
      const std::string label = commonest(*labels, next, options.label_separators);
      line["label"] = label;
      parquet.text(label);
    }
    parquet.end_row();
    lines << line.dump() << "\n";
    ++users;
  }
  parquet.finish();
  lines.close();
  return users;
}

std::int64_t export_pairs(const Dataset& dataset, std::span<const std::string> texts, unsigned parts, int most,
                          const fs::path& folder) {
  const Interactions& all = dataset.interactions;
  TextFile lines(folder / "pairs.jsonl");
  std::set<std::pair<std::int32_t, std::int32_t>> written;
  std::int64_t row = 0;
  for (std::int32_t user = 0; user < dataset.users.size(); ++user) {
    std::vector<std::int32_t> liked;
    for (; row < all.size() && all.user[row] == user; ++row)
      if ((parts >> all.part[row] & 1u) != 0 && all.positive[row] != 0 && !texts[all.item[row]].empty())
        liked.push_back(all.item[row]);
    int count = 0;
    for (std::size_t i = liked.size(); i >= 2 && count < most; --i) {
      const std::int32_t a = liked[i - 2], b = liked[i - 1];
      if (texts[a] == texts[b] || !written.insert(std::minmax(a, b)).second) continue;
      lines << nlohmann::ordered_json{{"text", texts[a]}, {"other", texts[b]}}.dump() << "\n";
      ++count;
    }
  }
  lines.close();
  return static_cast<std::int64_t>(written.size());
}

namespace {

// What may be read of a user when their events of a part are asked about.
unsigned known_parts(std::uint8_t part) {
  switch (static_cast<Part>(part)) {
    case Part::kTrain:
      return kTrainPart;
    case Part::kFoldIn:
      return kFoldInPart;
    case Part::kValid:
      return kTrainPart | kFoldInPart | kValidPart;
    case Part::kTest:
      break;
  }
  return kEveryPart;
}

// The newest `most` items of events that are known, each once.
std::vector<std::int32_t> newest_items(const Interactions& all, std::span<const std::int64_t> rows, unsigned known,
                                       int most) {
  std::vector<std::int32_t> out;
  for (auto row = rows.rbegin(); row != rows.rend() && std::ssize(out) < most; ++row)
    if ((known >> all.part[*row] & 1u) != 0 && std::ranges::find(out, all.item[*row]) == out.end())
      out.push_back(all.item[*row]);
  return out;
}

}  // namespace

std::int64_t export_preferences(const Dataset& dataset, std::span<const std::string> texts,
                                const PreferencePrompt& prompt, unsigned parts, int most, const fs::path& folder) {
  const Interactions& all = dataset.interactions;
  const bool asks = prompt.answer() == PreferenceAnswer::kYesOrNo;
  TextFile lines(folder / "preferences.jsonl");
  std::vector<std::int64_t> liked, seen;                // rows of the user so far
  std::unordered_map<std::int32_t, unsigned> liked_in;  // parts in which the user liked an item so far
  std::int64_t count = 0;
  for (std::int64_t row = 0; row < all.size(); ++row) {
    if (row > 0 && all.user[row] != all.user[row - 1]) {
      liked.clear();
      seen.clear();
      liked_in.clear();
    }
    const std::int32_t item = all.item[row];
    const bool positive = all.positive[row] != 0;
    if (texts[item].empty()) continue;
    if ((parts >> all.part[row] & 1u) != 0 && (asks || positive)) {
      const unsigned known = known_parts(all.part[row]);
      const auto told = newest_items(all, prompt.tells_disliked() ? seen : liked, known, most);
      if (!told.empty() && std::ranges::find(told, item) == told.end()) {
        ToldHistory history;
        for (const std::int32_t one : told)
          ((liked_in[one] & known) != 0 ? history.liked : history.disliked).emplace_back(texts[one]);
        const std::string_view answer = asks ? kPreferenceAnswers[positive ? 0 : 1] : std::string_view(texts[item]);
        lines << nlohmann::ordered_json{{"user", dataset.users.external(all.user[row])},
                                        {"item", dataset.items.external(item)},
                                        {"text", prompt.write(history, "", texts[item])},
                                        {"other", answer}}
                     .dump()
              << "\n";
        ++count;
      }
    }
    seen.push_back(row);
    if (!positive) continue;
    liked.push_back(row);
    liked_in[item] |= 1u << all.part[row];
  }
  lines.close();
  return count;
}

}  // namespace genre
