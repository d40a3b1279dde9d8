#include "finetune_slices.h"

#include <cmath>
#include <cstdio>

#include "command.h"
#include "genre/base/file.h"
#include "genre/base/shared_folder.h"
#include "genre/finetune/examples.h"
#include "genre/finetune/forgetting.h"
#include "genre/finetune/served_values.h"
#include "genre/finetune/time_slices.h"
#include "genre/track/report.h"
#include "training_stage.h"

namespace genre::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using LossMatrix = std::vector<std::vector<double>>;

// The training of a slice without what is replayed: the one that the slice is measured by.
FinetuneConfig config_of(const FinetuneConfig& config, const TimeSlice& slice) {
  FinetuneConfig out = config;
  out.finetune.time_slices.count = 0;
  out.finetune.examples = slice.own;
  return out;
}

// The labels of all slices, which every one of them is trained with.
std::vector<std::string> all_labels(const FinetuneConfig& config) {
  FinetuneConfig plain = config;
  plain.finetune.augmentation = {};
  const Examples examples = read_examples(plain, labelled_columns(config.finetune.task));
  if (config.finetune.task == "classify") return one_label(examples, config.finetune.labels).names;
  if (config.finetune.task == "multi_label")
    return many_labels(examples, config.finetune.label_separator, config.finetune.labels).names;
  return {};
}

// The value of a model on the test part of each slice.
std::vector<double> row_of(const fs::path& model, const std::vector<FinetuneConfig>& slices,
                           const std::string& metric) {
  std::vector<double> out;
  for (const FinetuneConfig& slice : slices) {
    FinetuneConfig plain = slice;
    plain.finetune.augmentation = {};
    const Examples examples = read_examples(plain, labelled_columns(slice.finetune.task));
    const auto numbers = examples.of(Part::kTest);
    const Values values = answer_values(served_answers(model, slice, examples, numbers), slice, examples, numbers);
    out.push_back(values.at(metric));
  }
  return out;
}

std::string text_of(double value) {
  char out[32];
  std::snprintf(out, sizeof out, "%.4f", value);
  return out;
}

void write_slices_report(const Json& done, const LossMatrix& matrix, const fs::path& run) {
  Report report;
  report.title = "Slices of time, one after the other";
  report.subtitle = run.filename().string();
  report.facts = {{"task", done["task"]},
                  {"slices", std::to_string(matrix.size())},
                  {"replayed share of older examples", text_of(done["replay"])},
                  {"average forgetting", done["forgetting"].is_number() ? text_of(done["forgetting"]) : "undefined"},
                  {"final mean", text_of(done["final_mean"])}};
  ReportTable table;
  table.title = "Values of " + done["metric"].get<std::string>() + " on each slice's test part";
  table.caption = "A row is the model behind a slice's training, a column the slice that is tested.";
  table.columns = {"behind"};
  Plot plot;
  plot.kind = Plot::Kind::kLines;
  plot.file = "forgetting";
  plot.title = "What is left of each slice";
  plot.x_label = "behind the training of slice";
  plot.y_label = done["metric"];
  plot.caption = "A line falls where what was learnt of a slice is forgotten.";
  for (std::size_t j = 0; j < matrix.size(); ++j) {
    table.columns.push_back("slice " + std::to_string(j));
    plot.categories.push_back(std::to_string(j));
    PlotSeries series{.name = "slice " + std::to_string(j), .x = {}, .y = {}, .labels = {}};
    for (const auto& row : matrix) series.y.push_back({row[j], row[j], row[j]});
    plot.series.push_back(std::move(series));
  }
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    auto& row = table.rows.emplace_back(std::vector<std::string>{"slice " + std::to_string(i)});
    for (const double value : matrix[i]) row.push_back(text_of(value));
  }
  report.sections.push_back({.title = "Forgetting", .paragraphs = {}, .tables = {table}, .plots = {plot}});
  for (const auto& warning : write_report(report, run).warnings) std::fprintf(stderr, "warning: %s\n", warning.c_str());
}

void print_slices(const Json& done, const LossMatrix& matrix) {
  if (output().json) return print_json("lm.finetune", done);
  std::printf("%s on the test part of each slice, behind each training\n%10s",
              done["metric"].get<std::string>().c_str(), "");
  for (std::size_t j = 0; j < matrix.size(); ++j) std::printf("  slice %-2zu", j);
  std::puts("");
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    std::printf("behind %-3zu", i);
    for (const double value : matrix[i]) std::printf("  %8.4f", value);
    std::puts("");
  }
  std::printf("average forgetting %s, final mean %.4f\n",
              done["forgetting"].is_number() ? text_of(done["forgetting"]).c_str() : "undefined",
              done["final_mean"].get<double>());
  std::printf("report: %s\nnext: genre lm %s --model %s\n", done["report"].get<std::string>().c_str(),
              done["task"] == "rank" ? "rank --query TEXT --input FILE" : "classify --input FILE",
              done["model"].get<std::string>().c_str());
}

}  // namespace

void run_time_slices(const fs::path& run, const FinetuneConfig& config, int processes) {
  const auto slices = write_time_slices(config, run / "slices");
  const auto labels = all_labels(config);
  std::vector<FinetuneConfig> tested;
  for (const TimeSlice& slice : slices) {
    tested.push_back(config_of(config, slice));
    tested.back().finetune.labels = labels;
  }
  Json done = {{"run", run.string()},
               {"task", config.finetune.task},
               {"replay", config.finetune.time_slices.replay},
               {"slices", Json::array()},
               {"matrix", Json::array()}};
  LossMatrix matrix;
  fs::path model;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const std::string name = "slice-" + std::to_string(i);
    TrainingStage stage{.name = name,
                        .label = "slice " + std::to_string(i + 1) + "/" + std::to_string(slices.size()),
                        .config = tested[i]};
    stage.config.finetune.examples.insert(stage.config.finetune.examples.end(), slices[i].replay.begin(),
                                          slices[i].replay.end());
    if (i > 0) stage.config.lm.model = model.string();
    const Json result = run_stage(run, stage, processes);
    model = run / name / "model";
    done["metric"] = result["best"]["metric"];
    matrix.push_back(row_of(model, tested, done["metric"]));
    Json row = Json::array();
    for (const double value : matrix.back()) row.push_back(number_or_null(value));
    done["matrix"].push_back(row);
    done["slices"].push_back({{"from", slices[i].from},
                              {"to", slices[i].to},
                              {"train", slices[i].train},
                              {"valid", slices[i].valid},
                              {"test", slices[i].test},
                              {"replayed", slices[i].replayed},
                              {"run", result["run"]}});
  }
  const Forgetting found = forgetting_of(matrix, done["metric"].get<std::string>());
  done["forgetting"] = number_or_null(found.forgetting);
  done["final_mean"] = number_or_null(found.final_mean);
  write_folder_atomic(run / "model", [&](const fs::path& fresh) { share_folder(model, fresh); });
  done["model"] = (run / "model").string();
  done["report"] = (run / "report.html").string();
  write_slices_report(done, matrix, run);
  write_file_atomic(run / "result.json", done.dump(2) + "\n");
  print_slices(done, matrix);
}

}  // namespace genre::app
