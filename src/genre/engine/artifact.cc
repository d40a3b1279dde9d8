#include "genre/engine/artifact.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/safetensors.h"
#include "genre/base/sha256.h"
#include "genre/config/layers.h"
#include "genre/config/toml.h"
#include "genre/engine/golden_queries.h"
#include "genre/engine/language_models.h"
#include "genre/rec/registry.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::ordered_json;

[[noreturn]] void damaged(const fs::path& file, const std::string& fault) {
  throw Error(ErrorCode::kData, "the artifact is damaged: " + fault, "train again, or copy the artifact again",
              {.file = file.string()});
}

std::string escape_id(const std::string& id) {
  std::string out;
  for (const char c : id) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else
      out += c;
  }
  return out;
}

std::string unescape_id(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    out += c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
  }
  return out;
}

// One "internal id, tab, external id" a line.
std::string ids_text(const IdMap& ids) {
  std::string out;
  for (std::int32_t id = 0; id < ids.size(); ++id)
    out += std::to_string(id) + "\t" + escape_id(ids.external(id)) + "\n";
  return out;
}

IdMap read_ids(const fs::path& path, std::int64_t expected) {
  std::istringstream in(read_file(path));
  std::vector<std::string> ids;
  std::string line;
  while (std::getline(in, line)) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos || line.substr(0, tab) != std::to_string(ids.size()))
      damaged(path, "line " + std::to_string(ids.size() + 1) + " is no id");
    ids.push_back(unescape_id(std::string_view(line).substr(tab + 1)));
    if (ids.size() > 1 && !(ids[ids.size() - 2] < ids.back())) damaged(path, "ids are not ascending");
  }
  if (static_cast<std::int64_t>(ids.size()) != expected)
    damaged(path, std::to_string(ids.size()) + " ids, the manifest says " + std::to_string(expected));
  return IdMap(std::move(ids));
}

std::string items_jsonl(const Dataset& dataset, const std::vector<std::string>& texts) {
  std::string out;
  for (std::int32_t item = 0; item < dataset.items.size(); ++item) {
    ordered_json line = {
        {"id", dataset.items.external(item)}, {"text", texts[item]}, {"fields", ordered_json::object()}};
    for (const auto& [name, values] : dataset.item_fields.fields)
      if (!values[item].empty()) line["fields"][name] = values[item];
    out += line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  }
  return out;
}

void read_items_jsonl(const fs::path& path, Artifact& artifact) {
  std::istringstream in(read_file(path));
  std::string line;
  const auto count = static_cast<std::size_t>(artifact.items.size());
  while (std::getline(in, line)) {
    const auto entry = ordered_json::parse(line);
    const std::size_t item = artifact.item_texts.size();
    if (item >= count) damaged(path, "more lines than items");
    artifact.item_texts.push_back(entry.at("text").get<std::string>());
    for (const auto& [name, value] : entry.at("fields").items()) {
      auto& column = artifact.item_fields.fields[name];
      column.resize(count);
      column[item] = value.get<std::string>();
    }
  }
  if (artifact.item_texts.size() != count) damaged(path, "fewer lines than items");
}

ordered_json manifest_json(const ArtifactManifest& manifest, const fs::path& folder) {
  ordered_json events = ordered_json::object();
  for (const auto& [name, options] : manifest.events)
    events[name] = {{"weight", options.weight}, {"positive", options.positive}, {"repeats", options.repeats}};
  ordered_json out = {{"format", kArtifactFormat},
                      {"version", "0.1.0"},
                      {"model", manifest.model},
                      {"model_options", manifest.model_options},
                      {"config_digest", manifest.config_digest},
                      {"dataset",
                       {{"name", manifest.dataset_name},
                        {"fingerprint", manifest.dataset_fingerprint},
                        {"users", manifest.users},
                        {"items", manifest.items},
                        {"interactions", manifest.interactions}}},
                      {"lm",
                       {{"model", manifest.lm.model},
                        {"precision", manifest.lm.precision},
                        {"maximum_tokens", manifest.lm.maximum_tokens},
                        {"item_prompt", manifest.lm.item_prompt},
                        {"query_prompt", manifest.lm.query_prompt},
                        {"encoder_id", manifest.encoder_id}}},
                      {"events", events},
                      {"metrics", manifest.metrics},
                      {"files", ordered_json::array()}};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files)
    out["files"].push_back(
        {{"path", file.filename().string()}, {"bytes", fs::file_size(file)}, {"sha256", sha256_file(file)}});
  return out;
}

ArtifactManifest parse_manifest(const ordered_json& json) {
  ArtifactManifest out;
  out.model = json.at("model").get<std::string>();
  out.model_options = json.at("model_options").get<std::string>();
  out.config_digest = json.at("config_digest").get<std::string>();
  const auto& dataset = json.at("dataset");
  out.dataset_name = dataset.at("name").get<std::string>();
  out.dataset_fingerprint = dataset.at("fingerprint").get<std::string>();
  out.users = dataset.at("users").get<std::int64_t>();
  out.items = dataset.at("items").get<std::int64_t>();
  out.interactions = dataset.at("interactions").get<std::int64_t>();
  out.lm.model = json.at("lm").at("model").get<std::string>();
  out.lm.precision = json.at("lm").at("precision").get<std::string>();
  out.lm.maximum_tokens = json.at("lm").at("maximum_tokens").get<int>();
  out.lm.item_prompt = json.at("lm").value("item_prompt", out.lm.item_prompt);
  out.lm.query_prompt = json.at("lm").value("query_prompt", out.lm.query_prompt);
  out.encoder_id = json.at("lm").at("encoder_id").get<std::string>();
  for (const auto& [name, event] : json.at("events").items())
    out.events[name] = {event.at("weight").get<double>(), event.at("positive").get<std::string>(),
                        event.at("repeats").get<std::string>()};
  for (const auto& [name, value] : json.at("metrics").items())
    if (value.is_number()) out.metrics[name] = value.get<double>();
  return out;
}

// Every file of the manifest is there, whole and unchanged; its name stays inside the folder.
void check_files(const ordered_json& files, const fs::path& folder) {
  for (const auto& entry : files) {
    const auto name = entry.at("path").get<std::string>();
    if (name.empty() || name.find('/') != std::string::npos || name.starts_with("."))
      damaged(folder / "manifest.json", "file name '" + name + "'");
    const fs::path file = folder / name;
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) damaged(file, "the file is missing");
    const auto bytes = entry.at("bytes").get<std::uint64_t>();
    if (size != bytes) damaged(file, std::to_string(size) + " bytes, the manifest says " + std::to_string(bytes));
    if (sha256_file(file) != entry.at("sha256").get<std::string>()) damaged(file, "its SHA-256 is not the manifest's");
  }
}

// Of the histories, which events the model has learnt from.
std::vector<std::uint8_t> trained_events(const ArtifactContent& content) {
  const UserHistories& histories = *content.histories;
  std::vector<std::uint8_t> out(histories.items.size(), 1);
  if (content.trained == nullptr) return out;
  for (std::int64_t user = 0; user < histories.users(); ++user) {
    const auto learnt = content.trained->row_indices(user);
    for (std::int64_t n = histories.offsets[user]; n < histories.offsets[user + 1]; ++n)
      out[n] = std::ranges::binary_search(learnt, histories.items[n]) ? 1 : 0;
  }
  return out;
}

UserHistories read_histories(const SafetensorsFile& file, const Artifact& artifact) {
  UserHistories out;
  const auto offsets = file.values<std::int64_t>("offsets", {artifact.users.size() + 1});
  const auto items = file.values<std::int32_t>("items");
  const auto positive = file.values<std::uint8_t>("positive", {static_cast<std::int64_t>(items.size())});
  out.offsets.assign(offsets.begin(), offsets.end());
  out.items.assign(items.begin(), items.end());
  out.positive.assign(positive.begin(), positive.end());
  if (out.offsets.front() != 0 || out.offsets.back() != static_cast<std::int64_t>(items.size()) ||
      !std::is_sorted(offsets.begin(), offsets.end()))
    damaged(file.path(), "history offsets do not fit");
  for (const std::int32_t item : out.items)
    if (item < 0 || item >= artifact.items.size())
      damaged(file.path(),
              "item " + std::to_string(item) + " is outside [0, " + std::to_string(artifact.items.size()) + ")");
  return out;
}

void check_answers(const Artifact& artifact, const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return;
  const GoldenQueries golden = read_golden_queries(SafetensorsFile(file), artifact.users.size(), artifact.items.size());
  const std::string changed = changed_answer(*artifact.model, artifact.histories, golden);
  if (!changed.empty())
    throw Error(ErrorCode::kData, "the model does not answer as it did when it was trained: " + changed,
                "train again with this version of genre, or serve with the one that trained it",
                {.file = file.string()});
}

std::unique_ptr<Recommender> build_model(const ArtifactManifest& manifest) {
  const auto options = make_recommender_options(manifest.model);
  config::Fields f;
  std::string name;
  f.text("name", name, "");
  options->fields(f);
  config::apply(config::parse_toml(manifest.model_options, "manifest.json"), f);
  options->connect(language_models());
  return options->build();
}

}  // namespace

std::int64_t write_artifact(const ArtifactContent& content, const fs::path& folder) {
  write_folder_atomic(folder, [&](const fs::path& into) {
    SafetensorsWriter weights;
    content.model->save(weights, "model.");
    weights.write(into / "weights.safetensors");
    SafetensorsWriter histories;
    const UserHistories& h = *content.histories;
    histories.add<std::int64_t>("offsets", h.offsets, {static_cast<std::int64_t>(h.offsets.size())});
    histories.add<std::int32_t>("items", h.items, {static_cast<std::int64_t>(h.items.size())});
    histories.add<std::uint8_t>("positive", h.positive, {static_cast<std::int64_t>(h.positive.size())});
    const std::vector<std::uint8_t> trained = trained_events(content);
    histories.add<std::uint8_t>("trained", trained, {std::ssize(trained)});
    histories.write(into / "histories.safetensors");
    const GoldenQueries golden = ask_golden_queries(*content.model, h);
    SafetensorsWriter answers;
    save_golden_queries(golden, answers);
    answers.write(into / "golden.safetensors");
    if (!content.item_vectors.empty()) {
      SafetensorsWriter vectors;
      const ConstMatrixView v = content.item_vectors;
      vectors.add<float>("items", {v.data(), static_cast<std::size_t>(v.rows() * v.cols())}, {v.rows(), v.cols()});
      vectors.write(into / "vectors.safetensors");
    }
    write_file_atomic(into / "items.tsv", ids_text(content.dataset->items));
    write_file_atomic(into / "users.tsv", ids_text(content.dataset->users));
    write_file_atomic(into / "items.jsonl", items_jsonl(*content.dataset, *content.item_texts));
    const ordered_json manifest = manifest_json(content.manifest, into);  // lists the files that are there by now
    write_file_atomic(into / "manifest.json", manifest.dump(2) + "\n");
  });
  std::int64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) bytes += static_cast<std::int64_t>(entry.file_size());
  return bytes;
}

Artifact load_artifact(const fs::path& folder) {
  const fs::path path = folder / "manifest.json";
  std::error_code error;
  if (!fs::exists(path, error))
    throw Error(ErrorCode::kNotFound, "no trained model: manifest.json is missing",
                "train one with 'genre train CONFIG'", {.file = path.string()});
  Artifact out;
  const std::string text = read_file(path);
  out.digest = sha256_hex(text);
  try {
    const auto json = ordered_json::parse(text);
    const int format = json.at("format").get<int>();
    if (format != kArtifactFormat)
      throw Error(
          ErrorCode::kData,
          "artifact format " + std::to_string(format) + ", this program reads " + std::to_string(kArtifactFormat),
          format > kArtifactFormat ? "use a newer genre" : "train again", {.file = path.string()});
    out.manifest = parse_manifest(json);
    check_files(json.at("files"), folder);
    out.users = read_ids(folder / "users.tsv", out.manifest.users);
    out.items = read_ids(folder / "items.tsv", out.manifest.items);
    read_items_jsonl(folder / "items.jsonl", out);
  } catch (const nlohmann::json::exception& e) {
    damaged(path, e.what());
  }
  const SafetensorsFile histories(folder / "histories.safetensors");
  out.histories = read_histories(histories, out);
  out.trained.assign(out.histories.items.size(), 1);  // as artifacts of earlier versions say nothing of it
  if (histories.has("trained"))
    std::ranges::copy(histories.values<std::uint8_t>("trained", {std::ssize(out.trained)}), out.trained.begin());
  if (out.manifest.lm.model != "none") {
    const SafetensorsFile vectors(folder / "vectors.safetensors");
    const auto values = vectors.values<float>("items", {out.items.size(), -1});
    out.item_vectors = Matrix(out.items.size(), vectors.at("items").shape[1]);
    std::copy(values.begin(), values.end(), out.item_vectors.data());
  }
  out.model = build_model(out.manifest);
  out.model->load(SafetensorsFile(folder / "weights.safetensors"), "model.");
  if (out.model->items() != out.items.size())
    damaged(folder / "weights.safetensors", "the weights are for " + std::to_string(out.model->items()) + " items");
  check_answers(out, folder / "golden.safetensors");
  return out;
}

}  // namespace genre
