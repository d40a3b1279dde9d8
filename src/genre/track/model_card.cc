#include "genre/track/model_card.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <vector>

#include "genre/base/file.h"
#include "genre/track/axis.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

// How a task is named and used elsewhere.
struct TaskUse {
  std::string pipeline, library, does;
  std::string command;  // of genre, behind the model
  std::string python;
};

TaskUse use_of(const std::string& task) {
  TaskUse classify = {"text-classification", "transformers", "gives each text one of its labels",
                      "genre lm classify --model model --input texts.txt",
                      "from transformers import pipeline\n\npipeline(\"text-classification\", "
                      "\"model\")(\"a text\")"};
  if (task == "classify") return classify;
  if (task == "multi_label")
    return {classify.pipeline, classify.library, "gives each text any number of its labels", classify.command,
            "from transformers import pipeline\n\npipeline(\"text-classification\", \"model\", top_k=None, "
            "function_to_apply=\"sigmoid\")(\"a text\")"};
  if (task == "regress")
    return {classify.pipeline, classify.library, "gives each text, or pair of texts, a number", classify.command,
            "from transformers import pipeline\n\npipeline(\"text-classification\", \"model\", "
            "function_to_apply=\"none\")(\"a text\")"};
  if (task == "rank")
    return {"text-ranking", "sentence-transformers", "orders candidates for a query",
            "genre lm rank --model model --query \"a query\" --input candidates.txt",
            "from sentence_transformers import CrossEncoder\n\nCrossEncoder(\"model\").predict([(\"a query\", \"a "
            "candidate\")])"};
  if (task == "contrastive")
    return {"sentence-similarity", "sentence-transformers",
            "gives texts vectors that are near for what belongs together",
            "genre lm embed --model model --input texts.txt --output vectors.npy",
            "from sentence_transformers import SentenceTransformer\n\nSentenceTransformer(\"model\").encode([\"a "
            "text\"])"};
  if (task == "masked_lm")
    return {"fill-mask", "transformers", "predicts hidden words of a text",
            "genre lm embed --model model --input texts.txt --output vectors.npy",
            "from transformers import pipeline\n\nmodel = pipeline(\"fill-mask\", \"model\")\nmodel(f\"a "
            "{model.tokenizer.mask_token} of text\")"};
  if (task == "causal_lm" || task == "instruct")
    return {"text-generation", "transformers", task == "instruct" ? "answers prompts" : "goes on with a text",
            "genre lm generate --model model --prompt \"a text\"",
            "from transformers import pipeline\n\npipeline(\"text-generation\", \"model\")(\"a text\")"};
  return {{}, "transformers", "was trained for the task " + task, {}, {}};
}

std::string yaml_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Text that Markdown takes as it is.
std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_[]<>|#").find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c == '\n' || c == '\r' ? ' ' : c);
  }
  return out;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ", ") + plain(text);
  return out;
}

std::vector<std::string> label_names(const fs::path& model) {
  std::error_code error;
  std::vector<std::string> out;
  if (!fs::exists(model / "config.json", error)) return out;
  const auto json = nlohmann::json::parse(read_file(model / "config.json"), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("id2label")) return out;
  std::map<int, std::string> by_number;
  for (const auto& [number, name] : json["id2label"].items())
    if (name.is_string()) by_number[std::atoi(number.c_str())] = name;
  for (const auto& [number, name] : by_number) out.push_back(name);
  return out;
}

using NumberOf = std::map<std::string, double>;

// What was measured of a part at the step that was kept, as far as it is finite.
NumberOf measured(std::span<const MetricLine> metrics, const std::string& part, std::int64_t step) {
  NumberOf out;
  for (const auto& line : metrics)
    if (line.split == part && line.step == step && std::isfinite(line.value)) out[line.name] = line.value;
  return out;
}

std::int64_t count_of(const TrainingSubject& subject, const std::string& part) {
  for (const auto& [name, count] : subject.examples)
    if (name == part) return count;
  return 0;
}

std::string front_matter(const std::string& name, const TrainingSubject& subject, const TaskUse& use,
                         const NumberOf& test) {
  std::string out = fmt::format("---\nlibrary_name: {}\nbase_model: {}\n", use.library, yaml_text(subject.base.name));
  std::string licence = subject.base.licence;
  for (char& c : licence) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (!licence.empty()) out += fmt::format("license: {}\n", yaml_text(licence));
  if (!use.pipeline.empty()) out += fmt::format("pipeline_tag: {}\n", use.pipeline);
  out += "tags:\n- genre\n";
  if (test.empty()) return out + "---\n\n";
  out += fmt::format("model-index:\n- name: {}\n  results:\n  - task:\n      type: {}\n", yaml_text(name),
                     use.pipeline.empty() ? "other" : use.pipeline);
  out += "    dataset:\n      name: the examples of the training, test part\n      type: private\n      split: test\n";
  out += "    metrics:\n";
  for (const auto& [measure, value] : test)
    out += fmt::format("    - type: {}\n      value: {}\n", yaml_text(measure), value);
  return out + "---\n\n";
}

std::string value_table(const NumberOf& valid, const NumberOf& test) {
  NumberOf all = valid;
  all.insert(test.begin(), test.end());
  std::string out = "| measure | validation | test |\n|---|---|---|\n";
  const auto cell = [](const NumberOf& values, const std::string& name) {
    return values.contains(name) ? short_number(values.at(name), 4) : "–";
  };
  for (const auto& [name, value] : all)
    out += fmt::format("| {} | {} | {} |\n", plain(name), cell(valid, name), cell(test, name));
  return out;
}

}  // namespace

std::string licence_of_card(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_regular_file(folder / "README.md", error)) return {};
  std::istringstream lines(read_file(folder / "README.md"));
  std::string line;
  if (!std::getline(lines, line) || !line.starts_with("---")) return {};
  constexpr std::string_view kKey = "license:", kAround = " \t\r\"'";
  while (std::getline(lines, line) && !line.starts_with("---")) {
    if (!line.starts_with(kKey)) continue;
    const std::size_t first = line.find_first_not_of(kAround, kKey.size());
    return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(kAround) - first + 1);
  }
  return {};
}

std::string model_card(const std::string& name, const TrainingSubject& subject, std::span<const MetricLine> metrics,
                       const TrainingResult& result, const fs::path& model) {
  const TaskUse use = use_of(subject.task);
  const NumberOf valid = measured(metrics, "valid", result.best_step),
                 test = measured(metrics, "test", result.best_step);
  const auto labels = subject.labels > 0 ? label_names(model) : std::vector<std::string>{};
  std::string out = front_matter(name, subject, use, test);
  out += fmt::format("# {}\n\n{}, fine-tuned with GENRE: it {}.\n", plain(name), plain(subject.base.name), use.does);
  if (!labels.empty()) out += fmt::format("\nLabels: {}.\n", joined(labels));
  out += fmt::format(
      "\n## Training data\n{}: {} examples to train on, {} to choose the weights by, {} to test on; {:.1f} "
      "tokens each on average.\n",
      joined(subject.sources), count_of(subject, "train"), count_of(subject, "valid"), count_of(subject, "test"),
      subject.mean_tokens);
  out += "\n## Measured values\n";
  if (valid.empty() && test.empty())
    out += "None: neither part had examples.\n";
  else
    out += fmt::format("Of the weights of step {} of {}, chosen by {} of the validation part.\n\n", result.best_step,
                       result.steps, plain(subject.metric)) +
           value_table(valid, test);
  out += "\n## Use\n";
  if (!use.command.empty()) out += fmt::format("```sh\n{}\n```\n\n", use.command);
  if (!use.python.empty()) out += fmt::format("```python\n{}\n```\n", use.python);
  out += fmt::format("\n## Limits\n- Texts are read up to {} tokens; what is behind them changes nothing.\n",
                     subject.maximum_tokens);
  if (!test.empty())
    out += fmt::format(
        "- The test part has {} examples of the same sources; how the model does on others was not "
        "measured.\n",
        count_of(subject, "test"));
  if (subject.task == "classify") out += "- A text that fits none of the labels gets one of them all the same.\n";
  out += "- What the base model is not fit for, this one is not either: see its own card.\n";
  out += "\n## Settings\n| key | value |\n|---|---|\n";
  for (const auto& [key, value] : flat_settings(subject.configuration))
    if (key != "lm.model")  // a folder of this machine, or said above
      out += fmt::format("| {} | {} |\n", plain(key), value.empty() ? "–" : plain(value));
  return out;
}

}  // namespace genre
