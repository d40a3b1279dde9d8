#include <unistd.h>

#include <cstdio>
#include <optional>

#include "configuration.h"
#include "genre/base/file.h"
#include "genre/base/process.h"
#include "genre/base/progress.h"
#include "genre/finetune/options.h"
#include "genre/lm/catalogue.h"
#include "genre/track/run_folder.h"
#include "lm_verbs.h"

namespace genre::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Arguments {
  std::string config;
  std::vector<std::string> settings;
  std::string run;
  bool resume = false;
};

// genre-trainer beside this program, else on PATH.
std::string trainer_program() {
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/exe", error);
  const fs::path beside = own.parent_path() / "genre-trainer";
  return !error && fs::exists(beside) ? beside.string() : "genre-trainer";
}

// What the trainer says, as progress on stderr and the result.
class Report {
 public:
  void line(std::string_view text) {
    const Json event = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!event.is_object() || !event.contains("event")) return;
    const std::string kind = event["event"];
    if (kind == "start") start(event);
    if (kind == "progress") progress(event);
    if (kind == "measured") measured(event);
    if (kind == "done" || kind == "error") {
      bar_.reset();
      (kind == "done" ? done_ : error_) = event;
    }
  }
  const std::optional<Json>& done() const { return done_; }
  const std::optional<Json>& error() const { return error_; }

 private:
  void start(const Json& event) {
    std::fprintf(stderr,
                 "%lld examples to learn %lld labels from, %lld to choose by, %lld to test on, %.1f tokens each\n",
                 event["train"].get<long long>(), event["labels"].get<long long>(), event["valid"].get<long long>(),
                 event["test"].get<long long>(), event["mean_tokens"].get<double>());
    std::fprintf(stderr, "%.2f of %.2f million parameters are trained\n",
                 event["trainable_parameters"].get<double>() / 1e6, event["total_parameters"].get<double>() / 1e6);
    step_ = event["step"];
    if (step_ > 0) std::fprintf(stderr, "going on behind step %lld\n", static_cast<long long>(step_));
    bar_.emplace("fine-tune", event["steps"].get<std::int64_t>() - step_);
  }
  void progress(const Json& event) {
    const std::int64_t step = event["step"];
    if (!bar_) return;
    bar_->advance(step - step_);
    step_ = step;
    char note[96];
    std::snprintf(note, sizeof note, "loss %.4f, %.0f examples/s%s", event["loss"].get<double>(),
                  event["samples_per_second"].get<double>(), measured_.c_str());
    bar_->note(note);
  }
  void measured(const Json& event) {
    measured_.clear();
    for (const auto& [name, value] : event["values"].items()) {
      if (name == "loss" || !value.is_number()) continue;
      char text[48];
      std::snprintf(text, sizeof text, ", %s %.4f", name.c_str(), value.get<double>());
      measured_ += text;
    }
  }

  std::optional<Progress> bar_;
  std::int64_t step_ = 0;
  std::string measured_;
  std::optional<Json> done_, error_;
};

Error as_error(const Json& event) {
  const auto text = [&](const char* key) { return event[key].is_string() ? event[key].get<std::string>() : ""; };
  ErrorCode code = ErrorCode::kRuntime;
  for (const auto one : {ErrorCode::kUsage, ErrorCode::kConfig, ErrorCode::kData, ErrorCode::kNotFound,
                         ErrorCode::kDependency, ErrorCode::kResources, ErrorCode::kInterrupted})
    if (error_name(one) == text("code")) code = one;
  return Error(code, text("message"), text("hint"),
               {.file = text("file"),
                .line = event["line"].is_number() ? event["line"].get<std::int64_t>() : 0,
                .key = text("key")});
}

void print_result(const Json& done) {
  if (output().json) {
    Json fields = done;
    fields.erase("event");
    print_json("lm.finetune", fields);
    return;
  }
  for (const char* part : {"valid", "test"}) {
    std::printf("%-6s", part);
    for (const auto& [name, value] : done[part].items())
      if (value.is_number()) std::printf("  %s %.4f", name.c_str(), value.get<double>());
    std::printf("\n");
  }
  std::printf("best step %lld of %lld; %.1f s of training, %.0f examples/s\n", done["best"]["step"].get<long long>(),
              done["steps"].get<long long>(), done["seconds"].get<double>(), done["samples_per_second"].get<double>());
  std::printf("next: genre lm classify --model %s --input FILE\n", done["model"].get<std::string>().c_str());
}

void finetune(const Arguments& arguments) {
  fs::path folder = arguments.run;
  if (arguments.resume) {
    if (!arguments.settings.empty() || !arguments.run.empty())
      throw Error(ErrorCode::kUsage, "--resume goes on with a run as it is", "leave --set and --run out");
    folder = arguments.config;
    RunFolder::open(folder);
    if (!fs::exists(folder / "checkpoints" / "last.safetensors"))
      throw Error(ErrorCode::kNotFound, "the run has no checkpoint yet", "start it again from its config.toml",
                  {.file = folder.string()});
  } else {
    const FinetuneConfig config = finetune_config(load_configuration(arguments.config, arguments.settings));
    resolve_model(config.lm.model);  // fetched here, so that the trainer needs no network
    const std::string model = fs::path(config.lm.model).filename().string();
    folder = RunFolder::create("runs", config.finetune.task + "-" + model, resolved_toml(config), arguments.run).path();
  }
  folder = fs::absolute(folder).lexically_normal();
  write_file_atomic(folder / "spec.json", Json{{"resume", arguments.resume}}.dump() + "\n");
  Report report;
  const int code = run_process_by_line({trainer_program(), "--spec", (folder / "spec.json").string()},
                                       [&](std::string_view line) { report.line(line); });
  if (report.done()) return print_result(*report.done());
  if (code == 127)
    throw Error(ErrorCode::kDependency, "genre-trainer is not here", "'make trainer' brings libtorch and builds it");
  const std::string resume = "'genre lm finetune --resume " + folder.string() + "' goes on from the last checkpoint";
  if (!report.error())
    throw Error(ErrorCode::kRuntime, "genre-trainer ended with code " + std::to_string(code) + " and no word", resume);
  const Error error = as_error(*report.error());
  if (error.code() == ErrorCode::kInterrupted) throw Error(ErrorCode::kInterrupted, "interrupted", resume);
  throw error;
}

}  // namespace

void add_lm_finetune(CLI::App& parent) {
  auto arguments = std::make_shared<Arguments>();
  auto* const verb = add_verb(parent, "finetune", "train a language model on labelled texts of your own",
                              "  genre lm finetune configs/finetune-sentiment.toml\n  genre lm finetune sentiment.toml "
                              "--set finetune.tune=lora\n  genre lm finetune --resume runs/classify-MODEL-STAMP\n");
  verb->add_option("config", arguments->config, "configuration file; with --resume the folder of a run")->required();
  verb->add_option("--set", arguments->settings, "key=value, TOML literal; may be repeated")->allow_extra_args(false);
  verb->add_option("--run", arguments->run, "folder of the run (default: runs/TASK-MODEL-STAMP)");
  verb->add_flag("--resume", arguments->resume, "go on from the last checkpoint of a run");
  verb->callback([arguments] { finetune(*arguments); });
}

}  // namespace genre::app
