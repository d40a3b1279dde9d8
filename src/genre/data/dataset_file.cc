// save_dataset and load_dataset; docs/data.md describes the files.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/safetensors.h"
#include "genre/base/sha256.h"
#include "genre/base/utf8.h"
#include "genre/data/dataset.h"
#include "genre/data/line_reader.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "genre.dataset/1";
constexpr const char* kHead = "dataset.json";
constexpr std::array<const char*, 4> kFiles = {"interactions.safetensors", "items.jsonl", "split.safetensors",
                                               "users.jsonl"};

[[noreturn]] void damaged(const fs::path& file, const std::string& fault, std::int64_t line = 0) {
  throw Error(ErrorCode::kData, fault, "prepare the dataset again", {.file = file.string(), .line = line, .key = {}});
}

// dataset.json without its line "fingerprint", and then the other files.
std::string fingerprint_of(const std::string& head, const fs::path& folder) {
  Sha256 hash;
  for (std::size_t begin = 0; begin < head.size();) {
    const std::size_t end = std::min(head.find('\n', begin), head.size() - 1) + 1;
    const std::string_view line = std::string_view(head).substr(begin, end - begin);
    if (!line.starts_with("  \"fingerprint\":")) hash.update(line);
    begin = end;
  }
  for (const auto* const name : kFiles) hash.update(MappedFile(folder / name).bytes());
  return hash.hex();
}

std::string jsonl(const IdMap& ids, const FieldTable& table) {
  std::string out;
  for (std::int32_t i = 0; i < ids.size(); ++i) {
    Json line = {{"id", ids.external(i)}};
    for (const auto& [name, values] : table.fields)
      if (!values[i].empty()) line[name] = values[i];
    out += line.dump();
    out += '\n';
  }
  return out;
}

template <class T>
void add(SafetensorsWriter& writer, const char* name, const std::vector<T>& values) {
  writer.add(name, std::span<const T>(values), {static_cast<std::int64_t>(values.size())});
}

std::vector<std::string> field_names(const FieldTable& table) {
  std::vector<std::string> out;
  for (const auto& [name, values] : table.fields) out.push_back(name);
  return out;
}

// The largest part of a loaded dataset is checked by its own numbers, the rest by the fingerprint.
class Loader {
 public:
  explicit Loader(const fs::path& folder) : folder_(folder), head_path_(folder / kHead) {}

  Dataset load() {
    std::error_code error;
    if (!fs::is_regular_file(head_path_, error))
      throw Error(ErrorCode::kNotFound, "there is no prepared dataset", "prepare one, or check the path",
                  {.file = head_path_.string(), .line = 0, .key = {}});
    const std::string text = read_file(head_path_);
    try {
      head_ = Json::parse(text);
      if (!head_.is_object() || head_.at("format") != kFormat)
        damaged(head_path_, fmt::format("the format is not {}", kFormat));
      check_files(text);
      read_head();
    } catch (const nlohmann::json::exception&) {
      damaged(head_path_, "the file is damaged: it is not the JSON that was written");
    }
    dataset_.users = read_ids("users.jsonl", "user_fields", dataset_.user_fields);
    dataset_.items = read_ids("items.jsonl", "item_fields", dataset_.item_fields);
    read_interactions();
    check_interactions();
    return std::move(dataset_);
  }

 private:
  void check_files(const std::string& text) {
    for (const auto* const name : kFiles) {
      const auto& said = head_.at("files").at(name);
      std::error_code error;
      const auto bytes = fs::file_size(folder_ / name, error);
      if (error) damaged(folder_ / name, "the file is missing");
      if (bytes != said.at("bytes").get<std::uintmax_t>())
        damaged(folder_ / name,
                fmt::format("wanted {} bytes, found {}", said.at("bytes").get<std::uintmax_t>(), bytes));
    }
    dataset_.fingerprint = fingerprint_of(text, folder_);
    if (dataset_.fingerprint == head_.at("fingerprint").get<std::string>()) return;
    for (const auto* const name : kFiles)
      if (sha256_file(folder_ / name) != head_.at("files").at(name).at("sha256").get<std::string>())
        damaged(folder_ / name, "the file is damaged: its SHA-256 differs");
    damaged(head_path_, "the file is damaged: the fingerprint differs");
  }

  void read_head() {
    dataset_.name = head_.at("name").get<std::string>();
    dataset_.types = head_.at("types").get<std::vector<std::string>>();
    dataset_.has_time = head_.at("has_time").get<bool>();
    dataset_.rejected = head_.at("rejected").get<std::int64_t>();
    for (const auto& step : head_.at("cleaning"))
      dataset_.cleaning.push_back({step.at("rule").get<std::string>(), step.at("rows_in").get<std::int64_t>(),
                                   step.at("rows_out").get<std::int64_t>(), step.value("changed", std::int64_t{0})});
  }

  IdMap read_ids(const char* name, const char* fields_key, FieldTable& table) {
    const fs::path path = folder_ / name;
    try {
      for (const auto& field : head_.at(fields_key)) table.fields[field.get<std::string>()];
      LineReader lines(path);
      std::string_view line;
      std::vector<std::string> ids;
      while (lines.next(line)) {
        const Json object = Json::parse(line);
        std::string id = object.at("id").get<std::string>();
        if (id.empty() || id.size() > 256 || (!ids.empty() && ids.back() >= id))
          damaged(path, "ids are not ascending", lines.number());
        ids.push_back(std::move(id));
        for (auto& [field, values] : table.fields)
          values.push_back(object.contains(field) ? object.at(field).get<std::string>() : std::string());
      }
      return IdMap(std::move(ids));
    } catch (const nlohmann::json::exception&) {
      damaged(path, "a line is not the JSON that was written");
    }
  }

  template <class T>
  void copy(const SafetensorsFile& file, const char* name, std::vector<T>& out, std::int64_t count) {
    const auto values = file.values<T>(name, {count});
    out.assign(values.begin(), values.end());
  }

  void read_interactions() {
    const SafetensorsFile file(folder_ / "interactions.safetensors"), split(folder_ / "split.safetensors");
    Interactions& all = dataset_.interactions;
    const std::int64_t count = file.at("user").elements();
    copy(file, "user", all.user, count);
    copy(file, "item", all.item, count);
    copy(file, "value", all.value, count);
    copy(file, "weight", all.weight, count);
    copy(file, "time", all.time, count);
    copy(file, "type", all.type, count);
    copy(file, "positive", all.positive, count);
    copy(split, "part", all.part, count);
  }

  void check_interactions() {
    const Interactions& all = dataset_.interactions;
    const auto fault = [&](std::int64_t row, const std::string& what) {
      damaged(folder_ / "interactions.safetensors", fmt::format("{} of interaction {}", what, row));
    };
    for (std::int64_t i = 0; i < all.size(); ++i) {
      if (all.user[i] < 0 || all.user[i] >= dataset_.users.size())
        fault(i, fmt::format("user {} is outside [0, {})", all.user[i], dataset_.users.size()));
      if (all.item[i] < 0 || all.item[i] >= dataset_.items.size())
        fault(i, fmt::format("item {} is outside [0, {})", all.item[i], dataset_.items.size()));
      if (all.type[i] >= dataset_.types.size())
        fault(i, fmt::format("type {} is outside [0, {})", all.type[i], dataset_.types.size()));
      if (all.positive[i] > 1) fault(i, "positive is neither 0 nor 1");
      if (!std::isfinite(all.value[i]) || !std::isfinite(all.weight[i])) fault(i, "value or weight is not finite");
      if (all.part[i] >= kParts)
        damaged(folder_ / "split.safetensors",
                fmt::format("part {} of interaction {} is outside [0, {})", all.part[i], i, kParts));
      if (i > 0 && std::tie(all.user[i - 1], all.time[i - 1]) > std::tie(all.user[i], all.time[i]))
        fault(i, "the order by user and time ends before the row");
    }
  }

  fs::path folder_, head_path_;
  Json head_;
  Dataset dataset_;
};

}  // namespace

void save_dataset(Dataset& dataset, const fs::path& folder) {
  write_folder_atomic(folder, [&](const fs::path& inside) {
    const Interactions& all = dataset.interactions;
    SafetensorsWriter columns, split;
    add(columns, "user", all.user);
    add(columns, "item", all.item);
    add(columns, "value", all.value);
    add(columns, "weight", all.weight);
    add(columns, "time", all.time);
    add(columns, "type", all.type);
    add(columns, "positive", all.positive);
    columns.write(inside / "interactions.safetensors");
    add(split, "part", all.part);
    split.write(inside / "split.safetensors");
    write_file_atomic(inside / "users.jsonl", jsonl(dataset.users, dataset.user_fields));
    write_file_atomic(inside / "items.jsonl", jsonl(dataset.items, dataset.item_fields));

    std::array<std::int64_t, kParts> parts = {};
    for (const auto part : all.part) ++parts[part];
    Json head = {{"format", kFormat},
                 {"fingerprint", ""},
                 {"name", dataset.name},
                 {"users", dataset.users.size()},
                 {"items", dataset.items.size()},
                 {"interactions", all.size()},
                 {"train", parts[0]},
                 {"valid", parts[1]},
                 {"test", parts[2]},
                 {"fold_in", parts[3]},
                 {"has_time", dataset.has_time},
                 {"types", dataset.types},
                 {"item_fields", field_names(dataset.item_fields)},
                 {"user_fields", field_names(dataset.user_fields)},
                 {"rejected", dataset.rejected},
                 {"cleaning", Json::array()},
                 {"files", Json::object()}};
    for (const auto& step : dataset.cleaning) {
      head["cleaning"].push_back({{"rule", step.rule}, {"rows_in", step.rows_in}, {"rows_out", step.rows_out}});
      if (step.changed > 0) head["cleaning"].back()["changed"] = step.changed;
    }
    for (const auto* const name : kFiles)
      head["files"][name] = {{"bytes", fs::file_size(inside / name)}, {"sha256", sha256_file(inside / name)}};
    dataset.fingerprint = fingerprint_of(head.dump(2) + "\n", inside);
    head["fingerprint"] = dataset.fingerprint;
    write_file_atomic(inside / kHead, head.dump(2) + "\n");
  });
}

Dataset load_dataset(const fs::path& folder) { return Loader(folder).load(); }

}  // namespace genre
