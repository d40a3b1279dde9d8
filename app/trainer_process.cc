#include "trainer_process.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/process.h"
#include "genre/base/progress.h"

namespace genre::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// genre-trainer beside this program, else on PATH.
std::string trainer_program() {
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/exe", error);
  const fs::path beside = own.parent_path() / "genre-trainer";
  return !error && fs::exists(beside) ? beside.string() : "genre-trainer";
}

// genre-trainer on the specification, under mpirun where several processes are to train together.
std::vector<std::string> command(const std::string& spec, int processes) {
  std::vector<std::string> out;
  if (processes > 1) {
    // On one machine: their number is the user's choice, and each has its own share of the threads.
    out = {"mpirun", "-q", "-n", std::to_string(processes), "--oversubscribe", "--bind-to", "none"};
    if (geteuid() == 0) out.emplace_back("--allow-run-as-root");
    // Seconds that the others are left with once one has ended, to write a checkpoint; mpirun waits them out.
    out.insert(out.end(), {"--mca", "odls_base_sigkill_timeout", "5"});
  }
  out.insert(out.end(), {trainer_program(), "--spec", spec});
  return out;
}

// What the trainer says, as progress on stderr and the result.
class Report {
 public:
  explicit Report(std::string label) : label_(std::move(label)) {}
  void line(std::string_view text) {
    const Json event = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!event.is_object() || !event.contains("event")) return;
    const std::string kind = event["event"];
    if (kind == "start") start(event);
    if (kind == "plan") plan(event);
    if (kind == "progress") progress(event);
    if (kind == "measured") measured(event);
    if (kind == "done" || kind == "error") {
      bar_.reset();
      if (kind == "done") done_ = event;
      if (kind == "error" && !error_) error_ = event;
    }
  }
  const std::optional<Json>& done() const { return done_; }
  const std::optional<Json>& error() const { return error_; }

 private:
  void start(const Json& event) {
    const auto labels = event["labels"].get<long long>();
    std::fprintf(stderr, "%lld examples to learn %sfrom, %lld to choose by, %lld to test on, %.1f tokens each\n",
                 event["train"].get<long long>(), labels > 1 ? (std::to_string(labels) + " labels ").c_str() : "",
                 event["valid"].get<long long>(), event["test"].get<long long>(), event["mean_tokens"].get<double>());
    constexpr long long kFew = 100'000;
    const auto trained = event["trainable_parameters"].get<long long>();
    const double all = event["total_parameters"].get<double>() / 1e6;
    if (trained < kFew)
      std::fprintf(stderr, "%lld of %.2f million parameters are trained\n", trained, all);
    else
      std::fprintf(stderr, "%.2f of %.2f million parameters are trained\n", static_cast<double>(trained) / 1e6, all);
    if (const auto device = event["device"].get<std::string>(); device != "cpu")
      std::fprintf(stderr, "products are computed on %s\n", device.c_str());
    if (const auto frozen = event["frozen_layers"].get<long long>(); frozen > 0)
      std::fprintf(stderr, "first, what %lld frozen layers make of each text is computed\n", frozen);
    step_ = event["step"];
    if (step_ > 0) std::fprintf(stderr, "going on behind step %lld\n", static_cast<long long>(step_));
    left_ = event["steps"].get<std::int64_t>() - step_;
    bar_.emplace(label_, left_);
  }
  void plan(const Json& event) {
    bar_.emplace(label_, left_);  // states behind frozen layers, which planning computes, are no part of a step's time
    std::fprintf(stderr, "memory: up to %.2f GB\n", event["peak_bytes"].get<double>() / 1e9);
  }
  void progress(const Json& event) {
    const std::int64_t step = event["step"];
    if (!bar_) return;
    bar_->advance(step - step_);
    step_ = step;
    std::string note = fmt::format("loss {:.4f}, {:.0f} examples/s", event["loss"].get<double>(),
                                   event["samples_per_second"].get<double>());
    if (event.contains("resident_bytes"))
      note += fmt::format(", {:.2f} GB", event["resident_bytes"].get<double>() / 1e9);
    bar_->note(note + measured_);
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

  std::string label_;
  std::optional<Progress> bar_;
  std::int64_t step_ = 0, left_ = 0;
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

}  // namespace

Json run_trainer(const fs::path& run, const Json& spec, const std::string& label, const std::string& resume) {
  write_file_atomic(run / "spec.json", spec.dump() + "\n");
  Report report(label);
  const int processes = spec.value("processes", 1);
  // mpirun ends its processes at once where it is interrupted itself, and hands SIGUSR1 on to them.
  const int code = run_process_by_line(
      command((run / "spec.json").string(), processes), [&](std::string_view line) { report.line(line); },
      processes > 1 ? SIGUSR1 : SIGINT);
  if (report.done()) {
    Json done = *report.done();
    done.erase("event");
    return done;
  }
  if (code == 127 && processes > 1)
    throw Error(ErrorCode::kDependency, "mpirun is not here, which starts several processes",
                "'make trainer' brings OpenMPI; or leave --processes out");
  if (code == 127)
    throw Error(ErrorCode::kDependency, "genre-trainer is not here", "'make trainer' brings libtorch and builds it");
  if (!report.error())
    throw Error(ErrorCode::kRuntime, "genre-trainer ended with code " + std::to_string(code) + " and no word", resume);
  const Error error = as_error(*report.error());
  if (error.code() == ErrorCode::kInterrupted) throw Error(ErrorCode::kInterrupted, "interrupted", resume);
  if (report.error()->value("goes_on", false))
    throw Error(error.code(), error.message(), error.hint() + "; " + resume, error.place());
  throw error;
}

}  // namespace genre::app
