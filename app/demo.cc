#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>

#include "command.h"
#include "configuration.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/base/process.h"
#include "genre/data/dataset_catalogue.h"
#include "genre/engine/evaluation.h"
#include "genre/engine/evaluation_report.h"
#include "genre/engine/evaluation_table.h"
#include "genre/engine/recommendation_service.h"
#include "genre/engine/training.h"
#include "genre/rec/registry.h"
#include "genre/serve/service.h"
#include "genre/store/event_store.h"
#include "genre/track/report.h"

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
constexpr const char* kWords = "a thrilling space adventure";

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

std::vector<std::shared_ptr<RecommenderOptions>> all_models() {
  std::vector<std::shared_ptr<RecommenderOptions>> out;
  for (const char* name : kModels) out.push_back(make_recommender_options(name));
  return out;
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
std::string warm_sentence(const EvaluationResult& result) {
  for (const auto& c : result.comparisons) {
    if (c.a != "ease" || c.b != "hybrid_ease") continue;
    const double gain = -c.result.difference, low = -c.result.high, high = -c.result.low;
    const char* verdict = low > 0 ? "above" : high < 0 ? "below" : "level with";
    return fmt::format("hybrid_ease is {} ease: {} differs by {:+.4f} [{:+.4f}, {:+.4f}].", verdict, c.metric, gain,
                       low, high);
  }
  return "";
}

void ask_over_http(const std::string& address, const std::string& user) {
  const std::string url = address + "/v1/users/" + user + "/recommendations?k=3&explain=true";
  std::printf("  curl '%s'\n", url.c_str());
  const ProcessResult answer = run_process({"curl", "--silent", "--show-error", "--fail", "--max-time", "10", url});
  if (answer.exit_code != 0)
    throw Error(ErrorCode::kDependency, "the service did not answer: " + answer.output, "is curl installed?");
  std::printf("  %s\n", answer.output.c_str());
}

void demo(const DemoArguments& arguments) {
  Stages stages;
  stages.next("data: " + arguments.dataset);
  const FetchedDataset fetched = fetch_dataset(arguments.dataset);
  std::printf("  %s\n", fetched.licence.c_str());
  Configuration configuration = load_configuration(fetched.config, arguments.settings);
  configuration.engine.model = nullptr;
  for (const auto& options : all_models())
    configuration.engine.models.push_back(std::make_shared<ComparedModel>(options));

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
  const std::string warm_words = warm_sentence(warm.result);
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

  stages.next(std::string("recommend with ") + kServed);
  Configuration served = configuration;
  served.engine.models.clear();
  served.engine.model = make_recommender_options(kServed);
  const RunFolder run = RunFolder::create(arguments.output, arguments.dataset + "-demo", resolved_toml(served));
  const auto chosen =
      std::find_if(warm.models.begin(), warm.models.end(), [](const auto& m) { return m.label == kServed; });
  std::map<std::string, double> metrics;
  for (const auto& model : warm.result.models) {
    for (const auto& [name, interval] : model.metrics) {
      run.log_metric(0, "test/" + model.model, name, interval.value);
      if (model.model == kServed) metrics[name] = interval.value;
    }
  }
  save_run(run, served.engine, *chosen, warm.inputs, metrics);
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
  const Report report{
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
          std::move(examples)}};
  const ReportFiles files = write_report(report, run.path());
  for (const auto& warning : files.warnings) log_warning(warning);
  std::printf("  %s\n", files.html.string().c_str());

  stages.next("service");
  ServeOptions options = served.serve;
  options.port = 0;
  {
    Service http(std::move(service), open_sqlite_store(run.path() / "events.sqlite"), options);
    const int port = http.start();
    ask_over_http(fmt::format("http://{}:{}", options.address, port), user);
    http.stop();
  }
  std::printf("\nDone in %.1f s, peak memory %.0f MiB.\n", stages.seconds(),
              static_cast<double>(peak_resident_bytes()) / (1 << 20));
  std::printf("  report   %s\n", files.html.string().c_str());
  std::printf("  keep the service running:  build/release/genre serve %s   and open http://127.0.0.1:8080/\n",
              run.path().string().c_str());
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
