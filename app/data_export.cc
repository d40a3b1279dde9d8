#include <algorithm>
#include <cstdio>
#include <functional>

#include "data_verbs.h"
#include "genre/base/file.h"
#include "genre/data/export.h"
#include "genre/engine/item_vectors.h"
#include "genre/lm/catalogue.h"
#include "genre/rec/cascade.h"
#include "genre/rec/lm_rank.h"
#include "genre/text/tokenizer.h"

namespace genre::app {
namespace fs = std::filesystem;
namespace {

struct DataExportArguments {
  PreparedArguments prepared;
  std::string format, output, event = "{event}: {item}", order = "newest_first", parts = "train", targets = "none";
  std::string model;
  std::string label;
  int events = 20, words = 0, tokens = 0, pairs = 10;
  bool force = false;
};

unsigned part_bits(const std::string& names) {
  if (names == "train") return kTrainPart;
  if (names == "valid") return kValidPart;
  if (names == "test") return kTestPart;
  if (names == "train+valid") return kTrainPart | kValidPart;
  return names == "all" ? kTrainPart | kValidPart | kTestPart : 0;
}

// Counts as the model reads: with its special tokens. `model` is the one of the configuration where the argument is "".
std::function<std::int64_t(std::string_view)> token_counter(const DataExportArguments& arguments,
                                                            const std::string& model) {
  if (arguments.tokens == 0) return {};
  const std::string& name = arguments.model.empty() ? model : arguments.model;
  if (name == "none")
    throw Error(ErrorCode::kUsage,
                "--tokens needs a language model whose tokens are counted, and [lm] model is \"none\"",
                "name one with --model; `genre lm models` lists them");
  return [tokenizer = std::shared_ptr<Tokenizer>(load_tokenizer(resolve_model(name)))](std::string_view text) {
    return static_cast<std::int64_t>(tokenizer->encode(text, 0).size());
  };
}

// An lm_rank among the options of a recommender; null where there is none.
const LmRankOptions* find_lm_rank(const config::NamedOptions* options) {
  if (const auto* const cascade = dynamic_cast<const CascadeOptions*>(options)) {
    const LmRankOptions* const ranker = find_lm_rank(cascade->ranker.get());
    return ranker != nullptr ? ranker : find_lm_rank(cascade->candidates.get());
  }
  return dynamic_cast<const LmRankOptions*>(options);
}

// Whose prompts are written: the lm_rank of the configuration, or one of defaults.
LmRankOptions asking_model(const EngineConfig& config) {
  if (config.model == nullptr && config.models.empty()) return {};
  for (const auto& options : config.recommenders())
    if (const LmRankOptions* const found = find_lm_rank(options.get())) return *found;
  return {};
}

void run(const DataExportArguments& arguments) {
  const fs::path folder = arguments.output;
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_empty(folder, error) && !arguments.force)
    throw Error(ErrorCode::kUsage, "the folder is there and not empty", "--force replaces it with all that is in it",
                {.file = folder.string(), .line = 0, .key = {}});
  if (!arguments.label.empty() && arguments.targets == "none")
    throw Error(ErrorCode::kUsage, "--label names what came next, and --targets is missing", "add --targets test");
  if (!arguments.model.empty() && arguments.tokens == 0)
    throw Error(ErrorCode::kUsage, "--model is there to count tokens, and --tokens is missing", "add --tokens N");
  const Configuration configuration = load_configuration(arguments.prepared.config, arguments.prepared.settings);
  const auto count_tokens = token_counter(arguments, configuration.engine.lm.model);
  const Dataset dataset = prepare(configuration, arguments.prepared).dataset;
  nlohmann::ordered_json out = {{"output", arguments.output}, {"format", arguments.format}};
  write_folder_atomic(folder, [&](const fs::path& inside) {
    if (arguments.format == "parquet") export_parquet(dataset, inside);
    if (arguments.format == "npz") export_npz(dataset, inside);
    if (arguments.format == "safetensors") export_safetensors(dataset, inside);
    if (arguments.format == "lists") export_lists(dataset, inside);
    if (arguments.format == "trec") export_trec(dataset, inside);
    if (arguments.format != "text" && arguments.format != "pairs" && arguments.format != "preferences") return;
    const auto texts = item_texts_only(configuration.engine, dataset).texts;
    if (arguments.format == "preferences") {
      const LmRankOptions model = asking_model(configuration.engine);
      out["prompts"] =
          export_preferences(dataset, texts, model.question(), part_bits(arguments.parts), model.events, inside);
      return;
    }
    if (arguments.format == "pairs") {
      out["pairs"] = export_pairs(dataset, texts, part_bits(arguments.parts), arguments.pairs, inside);
      return;
    }
    TextExportOptions options;
    options.history = {.event = arguments.event,
                       .newest_first = arguments.order == "newest_first",
                       .maximum_events = arguments.events,
                       .maximum_words = arguments.words,
                       .maximum_tokens = arguments.tokens,
                       .count_tokens = count_tokens};
    options.parts = part_bits(arguments.parts);
    options.targets = part_bits(arguments.targets);
    options.label_field = arguments.label;
    if (const auto& own = configuration.engine.item_features.separator; own.size() == 1)
      options.label_separators += own;
    out["users"] = export_text(dataset, texts, options, inside);
  });
  auto files = nlohmann::ordered_json::array();
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) names.push_back(fs::relative(entry.path(), folder).string());
  std::sort(names.begin(), names.end());
  for (const auto& name : names) {
    files.push_back({{"path", name}, {"bytes", fs::file_size(folder / name)}});
    if (!output().json) std::printf("%s\n", (folder / name).string().c_str());
  }
  out["files"] = files;
  if (output().json) print_json("data.export", out);
}

}  // namespace

void add_data_export(CLI::App& data) {
  auto arguments = std::make_shared<DataExportArguments>();
  auto* const verb =
      add_verb(data, "export", "write the prepared data for other programs",
               "  genre data export genre.toml --as npz --output matrices\n  genre data export genre.toml "
               "--as text --targets test --event '{event}: {item} ({when})' --tokens 256 --output texts\n");
  add_prepared_arguments(*verb, arguments->prepared);
  verb->add_option("--as", arguments->format, "parquet, npz, safetensors, text, pairs, preferences, lists or trec")
      ->required()
      ->check(CLI::IsMember({"parquet", "npz", "safetensors", "text", "pairs", "preferences", "lists", "trec"}));
  verb->add_option("--output", arguments->output, "folder to write")->required();
  verb->add_flag("--force", arguments->force, "replace a folder that is not empty");
  verb->add_option("--event", arguments->event, "text: one event, with {event}, {item}, {value}, {when}")
      ->capture_default_str();
  verb->add_option("--order", arguments->order, "text: newest_first or oldest_first")
      ->check(CLI::IsMember({"newest_first", "oldest_first"}))
      ->capture_default_str();
  verb->add_option("--events", arguments->events, "text: most events of a user, the newest")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb->add_option("--words", arguments->words, "text: most words of a user; 0: any")
      ->check(CLI::Range(0, 1'000'000'000))
      ->capture_default_str();
  verb->add_option("--tokens", arguments->tokens, "text: most tokens of a user, special tokens included; 0: any")
      ->check(CLI::Range(0, 1'000'000'000))
      ->capture_default_str();
  verb->add_option("--model", arguments->model,
                   "text: the language model whose tokens are counted, by catalogue name or folder; else that of [lm]");
  const std::vector<std::string> parts = {"train", "valid", "test", "train+valid", "all"};
  verb->add_option("--parts", arguments->parts,
                   "text, pairs, preferences: the part that becomes text: train, valid, test, train+valid, all")
      ->check(CLI::IsMember(parts))
      ->capture_default_str();
  verb->add_option("--targets", arguments->targets, "text: the part whose liked items are given as what came next")
      ->check(CLI::IsMember({"none", "valid", "test"}))
      ->capture_default_str();
  verb->add_option("--label", arguments->label,
                   "text: a field of items; its commonest value among the targets is the user's label");
  verb->add_option("--pairs", arguments->pairs, "pairs: most pairs of a user, the newest")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  verb->callback([arguments] { run(*arguments); });
}

}  // namespace genre::app
