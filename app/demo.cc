#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>
#include <thread>

#include "command.h"
#include "configuration.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/base/process.h"
#include "genre/data/dataset_catalogue.h"
#include "genre/data/export.h"
#include "genre/engine/evaluation.h"
#include "genre/engine/evaluation_report.h"
#include "genre/engine/evaluation_table.h"
#include "genre/engine/recommendation_service.h"
#include "genre/engine/training.h"
#include "genre/optim/adam.h"
#include "genre/rec/next_item_recommender.h"
#include "genre/rec/registry.h"
#include "genre/rec/text_classifier.h"
#include "genre/serve/service.h"
#include "genre/store/event_store.h"
#include "genre/track/report.h"
#include "trainer_process.h"
#include "training_stage.h"

namespace genre::app {
namespace fs = std::filesystem;
namespace {

struct DemoArguments {
  std::string dataset = "ml-100k";
  std::string output = "runs";
  std::vector<std::string> settings;
};

// What is compared, from the plainest to what the language model adds.
constexpr const char* kModels[] = {"random", "popularity", "item_knn", "ease", "lm_content", "hybrid_ease", "cascade"};
constexpr const char* kServed = "hybrid_ease";
// Beside its twin without text: what the order of a history says, and what text adds.
constexpr const char* kSequenceModels[] = {"popularity", "ease", "sasrec", "lm_sasrec"};
constexpr const char* kWords = "a thrilling space adventure";
constexpr const char* kLabelField = "genres";
constexpr int kEventsRead = 10;  // of a history, by the classifier

std::string table_of(const EvaluationResult& result) {
  return evaluation_table(evaluation_json(result), {"ndcg@10", "recall@20", "hr@10"}, TableFormat::kText);
}

class Stages {
 public:
  void next(const std::string& what) {
    const auto now = std::chrono::steady_clock::now();
    std::printf("\n[%d] %s  (%.1f s)\n", ++number_, what.c_str(), std::chrono::duration<double>(now - start_).count());
    std::fflush(stdout);
  }
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  int number_ = 0;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The same configuration with these models to compare.
Configuration comparing(Configuration configuration, std::span<const char* const> names) {
  configuration.engine.model = nullptr;
  configuration.engine.models.clear();
  for (const char* const name : names) {
    auto options = make_recommender_options(name);
    // A thousand users are few for batches of the usual size.
    if (auto* const reads = dynamic_cast<NextItemOptions*>(options.get())) reads->batch = 32;
    configuration.engine.models.push_back(std::make_shared<ComparedModel>(std::move(options)));
  }
  return configuration;
}

struct Measured {
  TrainingInputs inputs;
  std::vector<FittedModel> models;
  EvaluationResult result;
};

Measured measure(const EngineConfig& engine) {
  const auto seed = static_cast<std::uint64_t>(engine.seed);
  Measured out{training_inputs(engine, CachePolicy::kUse, Vectors::kAlways), {}, {}};
  const Evaluation evaluation(out.inputs.data.dataset, engine.evaluate, seed, out.inputs.similarity_sources(engine));
  std::vector<ModelResult> results;
  for (const auto& options : engine.recommenders()) {
    out.models.push_back(fit_model(options, std::string(options->name()), out.inputs, seed));
    results.push_back(evaluation.run(*out.models.back().model, out.models.back().label));
    results.back().fit_seconds = out.models.back().seconds;
  }
  out.result = evaluation.finish(std::move(results));
  out.result.split = engine.data.split.kind;
  return out;
}

ReportTable show(const std::string& title, const Recommendations& answer) {
  std::printf("  %s [%s]\n", title.c_str(), answer.strategy.c_str());
  ReportTable table{.title = title,
                    .caption = "Strategy: " + answer.strategy,
                    .columns = {"item", "title", "score", "reason"},
                    .rows = {}};
  for (const auto& item : answer.items) {
    std::printf("    %-44s %s\n", item.title.c_str(), item.reason.c_str());
    table.rows.push_back({item.item, item.title, fmt::format("{:.4f}", item.score), item.reason});
  }
  return table;
}

// In words that keep to what the intervals say.
std::string verdict(const EvaluationResult& result, const std::string& model, const std::string& baseline) {
  for (const auto& c : result.comparisons) {
    const double sign = c.a == model && c.b == baseline ? 1 : c.a == baseline && c.b == model ? -1 : 0;
    if (sign == 0) continue;
    const double gain = sign * c.result.difference, low = std::min(sign * c.result.low, sign * c.result.high),
                 high = std::max(sign * c.result.low, sign * c.result.high);
    return fmt::format("{} is {} {}: {} differs by {:+.4f} [{:+.4f}, {:+.4f}].", model,
                       low > 0    ? "above"
                       : high < 0 ? "below"
                                  : "level with",
                       baseline, c.metric, gain, low, high);
  }
  return "";
}

const FittedModel& fitted(const Measured& measured, const std::string& label) {
  return *std::ranges::find(measured.models, label, &FittedModel::label);
}

// The run of one of the models that were compared, as `genre train` would leave it.
RunFolder run_of(const DemoArguments& arguments, const Configuration& configuration, const Measured& measured,
                 const std::string& label, const std::string& suffix) {
  const FittedModel& model = fitted(measured, label);
  Configuration alone = configuration;
  alone.engine.models.clear();
  alone.engine.model = model.options;
  RunFolder run = RunFolder::create(arguments.output, arguments.dataset + suffix, resolved_toml(alone));
  std::map<std::string, double> metrics;
  for (const auto& of : measured.result.models) {
    for (const auto& [name, interval] : of.metrics) {
      run.log_metric(0, "test/" + of.model, name, interval.value);
      if (of.model == label) metrics[name] = interval.value;
    }
  }
  save_run(run, alone.engine, model, measured.inputs, metrics);
  return run;
}

// Fine-tunes the language model to say, from the films that somebody liked, of which genre most of the films are that
// they like next; the folder of the classifier. Throws Error(kDependency) where genre-trainer is not here.
fs::path train_classifier(const DemoArguments& arguments, const Configuration& configuration) {
  const PreparedData prepared = prepared_data(configuration.engine, CachePolicy::kUse);
  const RunFolder run =
      RunFolder::create(arguments.output, arguments.dataset + "-demo-preferences", resolved_toml(configuration));
  TextExportOptions text;
  text.history.event = "{item}";
  text.history.maximum_events = kEventsRead;
  text.targets = kValidPart;
  text.label_field = kLabelField;
  text.label_separators = configuration.engine.item_features.separator;
  export_text(prepared.dataset, item_texts_only(configuration.engine, prepared.dataset).texts, text, run.path());

  Configuration tuning = configuration;
  ExampleSourceOptions histories;
  histories.path = fs::absolute(run.path() / "histories.jsonl").string();
  histories.format = "jsonl";
  tuning.finetune.task = "classify";
  tuning.finetune.examples = {histories};
  tuning.finetune.tune = "lora";
  tuning.finetune.frozen_layers = 4;  // of six: their states are computed once
  tuning.finetune.epochs = 3;
  tuning.finetune.maximum_tokens = 192;
  tuning.finetune.metric = "accuracy";
  const auto optimizer = std::make_shared<AdamWOptions>();
  optimizer->learning_rate = 1e-3;
  tuning.optimizer = optimizer;
  const fs::path folder = fs::absolute(run.path() / "classifier").lexically_normal();
  RunFolder::create(run.path(), "classifier", resolved_toml(finetune_config(tuning)), folder);
  const auto done =
      run_trainer(folder, training_spec(/*resume=*/false, 1), "fine-tune",
                  "'genre lm finetune --resume " + folder.string() + "' goes on from the last checkpoint");
  print_values("  held-out users", done["test"]);
  return fs::path(done["model"].get<std::string>());
}

// Histories as the classifier reads them: what was liked, parted at random for each user.
Configuration reading(Configuration configuration) {
  configuration.engine.data.split = {.kind = "user_ratio", .ratio = {0.6, 0.2, 0.2}};
  configuration.engine.data.clean.minimum_value = 4;
  configuration.engine.item_features.fields_used = {kLabelField};
  return configuration;
}

// The recommender that reads with the classifier beside popularity; nothing where genre-trainer is not here.
std::optional<Measured> measure_classifier(const DemoArguments& arguments, const Configuration& configuration) {
  const auto reader = std::make_shared<TextClassifierOptions>();
  try {
    reader->classifier = train_classifier(arguments, configuration).string();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kDependency) throw;
    std::printf("  left out: %s; %s\n", error.message().c_str(), error.hint().c_str());
    return std::nullopt;
  }
  reader->events = kEventsRead;
  Configuration both = comparing(configuration, std::array{"popularity"});
  both.engine.models.push_back(std::make_shared<ComparedModel>(reader));
  Measured out = measure(both.engine);
  std::fputs(table_of(out.result).c_str(), stdout);
  std::printf("  %s\n", verdict(out.result, "text_classifier", "popularity").c_str());
  return out;
}

// Starts the service of a run, asks it once for each path with curl, and stops it.
void ask_over_http(const RunFolder& run, ServeOptions options, std::span<const std::string> paths) {
  options.port = 0;
  Service http(RecommendationService::open(run.path()), open_sqlite_store(run.path() / "events.sqlite"), options);
  const int port = http.start();
  for (const std::string& path : paths) {
    const std::string url = fmt::format("http://{}:{}{}", options.address, port, path);
    std::printf("  curl '%s'\n", url.c_str());
    const ProcessResult answer = run_process({"curl", "--silent", "--show-error", "--fail", "--max-time", "10", url});
    if (answer.exit_code != 0)
      throw Error(ErrorCode::kDependency, "the service did not answer: " + answer.output, "is curl installed?");
    std::printf("  %s\n", answer.output.c_str());
  }
  http.stop();
}

void demo(const DemoArguments& arguments) {
  Stages stages;
  stages.next("data: " + arguments.dataset);
  const FetchedDataset fetched = fetch_dataset(arguments.dataset);
  std::printf("  %s\n", fetched.licence.c_str());
  Configuration configuration = comparing(load_configuration(fetched.config, arguments.settings), kModels);

  const PreparedData prepared = prepared_data(configuration.engine, CachePolicy::kUse);
  std::printf("  %d users, %d items, %lld interactions\n", prepared.dataset.users.size(), prepared.dataset.items.size(),
              static_cast<long long>(prepared.dataset.interactions.size()));
  auto& groups = configuration.engine.evaluate.user_groups;
  if (groups.empty())
    for (const char* field : {"gender", "age"})
      if (prepared.dataset.user_fields.fields.contains(field)) groups.emplace_back(field);
  for (const auto& step : prepared.dataset.cleaning)
    std::printf("  %-12s %lld rows in, %lld out\n", step.rule.c_str(), static_cast<long long>(step.rows_in),
                static_cast<long long>(step.rows_out));

  stages.next("language model: " + configuration.engine.lm.model);
  const ItemVectors vectors = encode_items(configuration.engine, prepared.dataset);
  std::printf("  %lld of %d item texts embedded now, the rest from the cache; for example \"%s\"\n",
              static_cast<long long>(vectors.embedded), prepared.dataset.items.size(), vectors.texts.front().c_str());

  stages.next("train and evaluate: temporal split, full catalogue");
  const Measured warm = measure(configuration.engine);
  std::fputs(table_of(warm.result).c_str(), stdout);
  const std::string warm_words = verdict(warm.result, "hybrid_ease", "ease");
  std::printf("  %s\n", warm_words.c_str());

  stages.next("train and evaluate: a tenth of the items held out as new");
  Configuration cold_configuration = configuration;
  cold_configuration.engine.data.split.kind = "cold_item";
  cold_configuration.engine.data.split.ratio = {0.9, 0.0, 0.1};
  cold_configuration.engine.evaluate.candidates = "cold";
  const Measured cold = measure(cold_configuration.engine);
  std::fputs(table_of(cold.result).c_str(), stdout);
  const std::string cold_words = fmt::format(
      "Among new items lm_content reaches {:.1f} times the NDCG@10 of popularity and {:.1f} times that of random "
      "order: nobody has bought a new item, so popularity is the order of "
      "item ids.",
      ratio(cold.result, "ndcg@10", "lm_content", "popularity"), ratio(cold.result, "ndcg@10", "lm_content", "random"));
  std::printf("  %s\n", cold_words.c_str());

  stages.next("train and evaluate: what comes next, the last event of each user held out");
  Configuration next_configuration = comparing(configuration, kSequenceModels);
  next_configuration.engine.data.split.kind = "leave_one_out";
  const Measured next = measure(next_configuration.engine);
  std::fputs(table_of(next.result).c_str(), stdout);
  const std::string next_words = verdict(next.result, "lm_sasrec", "sasrec");
  std::printf("  %s\n", next_words.c_str());

  stages.next("fine-tune a text classifier on histories, and recommend by what it reads");
  const Configuration reading_configuration = reading(configuration);
  const std::optional<Measured> read = measure_classifier(arguments, reading_configuration);

  stages.next(std::string("recommend with ") + kServed);
  const RunFolder run = run_of(arguments, configuration, warm, kServed, "-demo");
  auto service = RecommendationService::open(run.path());
  const std::string user = prepared.dataset.users.external(prepared.dataset.interactions.user.front());
  RecommendRequest known{.user = user, .k = 5, .explain = true};
  const std::string history_item = prepared.dataset.items.external(prepared.dataset.interactions.item.front());
  RecommendRequest session{.history = {history_item}, .k = 5, .explain = true};
  RecommendRequest words{.text = kWords, .k = 5, .explain = true};
  ReportSection examples{.title = "Recommendations",
                         .paragraphs = {std::string("By ") + kServed + ", trained on the temporal split."},
                         .tables = {},
                         .plots = {}};
  examples.tables.push_back(show("for user " + user, service->recommend(known)));
  examples.tables.push_back(show("for a stranger who liked item " + history_item, service->recommend(session)));
  examples.tables.push_back(show(std::string("for the words \"") + kWords + "\"", service->recommend(words)));

  stages.next("report");
  utsname machine = {};
  uname(&machine);
  Report report{
      .title = "GENRE on " + arguments.dataset,
      .subtitle =
          "Behaviour logs and item text in, recommendations out: classical models and what a language model adds",
      .facts = {{"dataset", fmt::format("{}: {} users, {} items, {} interactions", arguments.dataset,
                                        prepared.dataset.users.size(), prepared.dataset.items.size(),
                                        prepared.dataset.interactions.size())},
                {"dataset fingerprint", prepared.dataset.fingerprint.substr(0, 16)},
                {"language model", configuration.engine.lm.model},
                {"seed", std::to_string(configuration.engine.seed)},
                {"machine", fmt::format("{} {}, {} threads", machine.sysname, machine.machine,
                                        std::thread::hardware_concurrency())},
                {"licence of the data", fetched.licence}},
      .sections = {
          evaluation_section(
              warm.result, "Temporal split, full catalogue", "temporal",
              {"The newest tenth of all events is the test part; every item that a user has not seen is a candidate.",
               warm_words}),
          evaluation_section(cold.result, "New items", "cold",
                             {"A tenth of the items was held out whole; only they are ranked.", cold_words}),
          evaluation_section(next.result, "What comes next", "next",
                             {"The last event of each user is held out; sasrec reads the order of the ones before, "
                              "and lm_sasrec their texts too.",
                              next_words})}};
  if (read)
    report.sections.push_back(
        evaluation_section(read->result, "A classifier of preferences", "preferences",
                           {fmt::format("Fine-tuned to say, from {} liked films as text, of which genre most of the "
                                        "films are that somebody likes besides.",
                                        kEventsRead),
                            verdict(read->result, "text_classifier", "popularity")}));
  report.sections.push_back(std::move(examples));
  const ReportFiles files = write_report(report, run.path());
  for (const auto& warning : files.warnings) log_warning(warning);
  std::printf("  %s\n", files.html.string().c_str());

  stages.next("service");
  const std::string of_user = "/v1/users/" + user + "/recommendations?k=3&explain=true";
  ask_over_http(run, configuration.serve, std::array{of_user});
  const RunFolder next_run = run_of(arguments, next_configuration, next, "lm_sasrec", "-demo-lm_sasrec");
  ask_over_http(next_run, configuration.serve, std::array{of_user});
  std::vector<fs::path> runs = {run.path(), next_run.path()};
  if (read) {
    runs.push_back(run_of(arguments, reading_configuration, *read, "text_classifier", "-demo-text_classifier").path());
    ask_over_http(RunFolder::open(runs.back()), configuration.serve, std::array{of_user});
  }
  std::printf("\nDone in %.1f s, peak memory %.0f MiB.\n", stages.seconds(),
              static_cast<double>(peak_resident_bytes()) / (1 << 20));
  std::printf("  report   %s\n", files.html.string().c_str());
  std::printf("  keep a service running, and open http://127.0.0.1:8080/\n");
  for (const fs::path& one : runs) std::printf("    build/release/genre serve %s\n", one.c_str());
}

}  // namespace

void add_demo(CLI::App& app) {
  auto arguments = std::make_shared<DemoArguments>();
  auto* const verb = add_verb(
      app, "demo", "the whole pipeline on MovieLens-100K: data, language model, training, evaluation, report, service",
      "  genre demo\n");
  verb->add_option("--output", arguments->output, "folder for the run")->capture_default_str();
  verb->add_option("--set", arguments->settings, "key=value, TOML literal; may be repeated")->allow_extra_args(false);
  verb->callback([arguments] { demo(*arguments); });
}

}  // namespace genre::app
