#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "command.h"
#include "configuration.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/base/sha256.h"
#include "genre/engine/beyond_report.h"
#include "genre/engine/evaluation.h"
#include "genre/engine/evaluation_report.h"
#include "genre/engine/evaluation_table.h"
#include "genre/engine/published_values.h"
#include "genre/engine/repeated_evaluation.h"
#include "genre/engine/starting_point.h"
#include "genre/engine/training.h"
#include "genre/eval/trec.h"
#include "genre/track/report.h"

namespace genre::app {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLabelBytes = 100;  // of a label in the name of a file, which holds 255

struct EvaluateArguments {
  std::vector<std::string> targets;
  std::vector<std::string> settings;
  std::string rankings, judgements, negatives, report, table = "text";
  int seeds = 0;  // 0: as configured
  bool all_folds = false;
  bool fresh = false;
  CachePolicy policy() const { return fresh ? CachePolicy::kFresh : CachePolicy::kUse; }
};

// A run folder brings its own configuration; several runs must share the data.
struct Job {
  Configuration configuration;
  std::vector<fs::path> runs;           // empty: train from the configuration
  std::vector<Repetition> repetitions;  // empty: once
  PublishedValues published;            // of what is trained from the configuration
};

Job make_job(const EvaluateArguments& arguments) {
  Job job;
  for (const auto& target : arguments.targets) {
    std::error_code error;
    if (!fs::exists(target, error))
      throw Error(ErrorCode::kNotFound, "no such configuration or run", "", {.file = target});
    if (fs::is_directory(target, error)) job.runs.emplace_back(target);
  }
  if (!job.runs.empty() && job.runs.size() != arguments.targets.size())
    throw Error(ErrorCode::kUsage, "configurations and runs are mixed",
                "evaluate one configuration, or one or more runs");
  if (job.runs.empty() && arguments.targets.size() != 1)
    throw Error(ErrorCode::kUsage, "more than one configuration is given",
                "compare models with several [[models]] tables in one configuration");
  std::vector<std::string> settings = arguments.settings;
  if (arguments.all_folds) settings.emplace_back("evaluate.all_folds=true");
  if (arguments.seeds > 0) settings.push_back(fmt::format("evaluate.seeds={}", arguments.seeds));
  job.configuration = load_configuration(
      job.runs.empty() ? fs::path(arguments.targets.front()) : job.runs.front() / "config.toml", settings);
  if (!job.runs.empty()) {
    if (arguments.all_folds || arguments.seeds > 0)
      throw Error(ErrorCode::kUsage, "runs are trained already, with one seed and on one fold",
                  "give --all-folds and --seeds with a configuration");
    return job;
  }
  EngineConfig& engine = job.configuration.engine;
  job.published = published_values(engine);
  job.repetitions = repetitions(engine);
  if (job.repetitions.empty()) return job;
  engine.data.split.fold = job.repetitions.front().fold;
  if (!arguments.rankings.empty() || !arguments.judgements.empty() || !arguments.negatives.empty())
    throw Error(ErrorCode::kUsage, "the lists of several repetitions do not go into one file",
                "evaluate a single fold and seed: --set evaluate.all_folds=false --set evaluate.seeds=1");
  return job;
}

// The program is part of the key, so that a new build never shows the numbers of an old one.
std::string cache_key(const Job& job, const TrainingInputs& inputs) {
  static const std::string program = sha256_file("/proc/self/exe");
  const EngineConfig& engine = job.configuration.engine;
  const auto& negatives = engine.evaluate.negatives;
  std::string outside;
  for (const auto& model : engine.recommenders()) outside += model->outside() + start_digest(*model);
  return sha256_hex(program + engine.digest() + inputs.data.dataset.fingerprint + inputs.items.encoder_id +
                    (negatives.empty() ? "" : sha256_file(negatives)) + outside);
}

EvaluationResult evaluate_once(const Job& job, const TrainingInputs& inputs, const EvaluateArguments& arguments) {
  const EngineConfig& engine = job.configuration.engine;
  const auto seed = static_cast<std::uint64_t>(engine.seed);
  const Evaluation evaluation(inputs.data.dataset, engine.evaluate, seed, inputs.similarity_sources(engine));
  if (!arguments.negatives.empty()) {
    if (!evaluation.negatives())
      throw Error(ErrorCode::kUsage, "--negatives was given, but the whole catalogue is ranked",
                  "--set evaluate.candidates='\"sampled:100\"' draws negatives");
    write_negatives(arguments.negatives, *evaluation.negatives(), evaluation.users(), inputs.data.dataset);
  }
  std::vector<ModelResult> results;
  if (!job.runs.empty()) {
    for (const auto& run : job.runs) {
      const Artifact artifact = load_artifact(run / "artifact");
      if (artifact.manifest.dataset_fingerprint != inputs.data.dataset.fingerprint)
        throw Error(ErrorCode::kData, "the run was trained on another dataset", "evaluate runs of one dataset together",
                    {.file = run.string()});
      const std::string label =
          job.runs.size() == 1 ? artifact.manifest.model : artifact.manifest.model + " " + run.filename().string();
      results.push_back(evaluation.run(*artifact.model, label));
    }
  } else {
    results = fit_and_rank(engine, inputs, evaluation, seed);
  }
  return evaluation.finish(std::move(results));
}

void write_trec(const EvaluateArguments& arguments, const EvaluationResult& result, const Dataset& dataset) {
  const ExternalId query = [&](std::int64_t q) { return std::string_view(dataset.users.external(result.users[q])); };
  const ExternalId item = [&](std::int64_t i) {
    return std::string_view(dataset.items.external(static_cast<std::int32_t>(i)));
  };
  if (!arguments.judgements.empty()) write_judgements(arguments.judgements, result.judgements, query, item);
  if (arguments.rankings.empty()) return;
  std::set<std::string> taken;
  for (const auto& model : result.models) {
    std::size_t end = std::min(kLabelBytes, model.model.size());
    while (end > 0 && end < model.model.size() && (model.model[end] & 0xC0) == 0x80) --end;  // no half characters
    std::string label = model.model.substr(0, end);
    std::ranges::replace_if(
        label, [](unsigned char c) { return c <= ' ' || c == '/'; }, '_');
    while (!taken.insert(label).second) label += "'";
    // With several models the label goes before the ending: lists.trec -> lists.ease.trec
    fs::path path = arguments.rankings;
    if (result.models.size() > 1) path.replace_filename(path.stem().string() + "." + label + path.extension().string());
    write_rankings(path, model.rankings, query, item, "genre-" + label);
  }
}

void write_html(const std::string& folder, const EngineConfig& engine, const EvaluationResult& result,
                const nlohmann::ordered_json& json) {
  Report report{.title = "Evaluation of " + engine.data.name,
                .subtitle = "",
                .facts = {{"dataset", engine.data.name},
                          {"split", result.split},
                          {"candidates", result.candidates},
                          {"seed", std::to_string(engine.seed)},
                          {"config digest", engine.digest().substr(0, 16)}},
                .sections = {evaluation_section(result, "Models", "models", {})}};
  auto& tables = report.sections.front().tables;
  ReportTable published = published_table(json);
  if (!published.rows.empty()) tables.insert(tables.begin() + 1, std::move(published));
  const ReportFiles files = write_report(report, folder);
  for (const auto& warning : files.warnings) log_warning(warning);
  log_info("report: " + files.html.string());
}

void run(const EvaluateArguments& arguments) {
  const TableFormat format = parse_table_format(arguments.table);
  const Job job = make_job(arguments);
  const EngineConfig& engine = job.configuration.engine;
  TrainingInputs inputs = training_inputs(engine, arguments.policy(), Vectors::kIfNeeded);
  const fs::path cached = cache_folder() / "evaluations" / (cache_key(job, inputs) + ".json");
  const bool files_wanted = !arguments.rankings.empty() || !arguments.judgements.empty() || !arguments.report.empty() ||
                            !arguments.negatives.empty();
  nlohmann::ordered_json json;
  if (!arguments.fresh && !files_wanted && job.runs.empty() && fs::exists(cached)) {
    json = nlohmann::ordered_json::parse(read_file(cached), nullptr, /*allow_exceptions=*/false);
    if (json.is_object()) log_info("the same evaluation was made before; --fresh makes it again");
  }
  if (!json.is_object()) {
    EvaluationResult result;
    if (job.repetitions.empty()) {
      result = evaluate_once(job, inputs, arguments);
      write_trec(arguments, result, inputs.data.dataset);
    } else {
      result = evaluate_repeatedly(engine, job.repetitions, std::move(inputs), arguments.policy());
    }
    result.split = engine.data.split.kind;
    json = evaluation_json(result);
    if (job.runs.empty()) write_file_atomic(cached, json.dump());
    add_published(json, job.published);
    if (!arguments.report.empty()) write_html(arguments.report, engine, result, json);
  } else {
    add_published(json, job.published);
  }
  for (const auto& warning : json["warnings"]) log_warning(warning.get<std::string>());
  if (output().json)
    print_json("evaluate", json);
  else
    std::fputs(evaluation_table(json, engine.evaluate.metrics, format).c_str(), stdout);
  if (!output().json && format == TableFormat::kText)
    std::fputs(("\n" + beyond_text(json, engine.evaluate.metrics)).c_str(), stdout);
}

}  // namespace

void add_evaluate(CLI::App& app) {
  auto arguments = std::make_shared<EvaluateArguments>();
  auto* const verb =
      add_verb(app, "evaluate", "train on the train part, rank the whole catalogue for every test user, and measure",
               "  genre evaluate genre.toml\n  genre evaluate configs/ml-1m-fivestar.toml --json\n"
               "  genre evaluate genre.toml --set data.split.kind='\"k_fold\"' --all-folds\n"
               "  genre evaluate genre.toml --seeds 3\n"
               "  genre evaluate runs/shop-ease-20260101-120000 --rankings lists.trec --judgements truth.trec\n");
  verb->add_option("target", arguments->targets, "one configuration, or one or more run folders")->required();
  verb->add_option("--set", arguments->settings, "key=value, TOML literal; may be repeated")->allow_extra_args(false);
  verb->add_option("--rankings", arguments->rankings, "write the ranked lists in TREC format");
  verb->add_option("--judgements", arguments->judgements, "write the relevant items in TREC format");
  verb->add_option("--negatives", arguments->negatives, "write the candidates that a sampled protocol drew");
  verb->add_option("--table", arguments->table, "text, markdown, csv or latex")->capture_default_str();
  verb->add_flag("--all-folds", arguments->all_folds, "every fold of a k_fold split: sets evaluate.all_folds");
  verb->add_option("--seeds", arguments->seeds, "train each model with so many seeds: sets evaluate.seeds")
      ->check(CLI::Range(1, 1000));
  verb->add_option("--report", arguments->report, "folder for report.html and its plots");
  verb->add_flag("--fresh", arguments->fresh, "ignore cached results");
  verb->callback([arguments] { run(*arguments); });
}

}  // namespace genre::app
