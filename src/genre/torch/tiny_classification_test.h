// For tests: a small classifier of the golden models (lm/testing.h) with examples of its own, in a folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "genre/finetune/options.h"
#include "genre/lm/testing.h"

namespace genre::trainer {

// The texts and labels of the step that the golden files are of.
inline std::vector<std::string> golden_step_rows() {
  return {"a robot movie,LABEL_2", "red lipstick,LABEL_0", "shampooing 42 times a night?,LABEL_1",
          "\"the drama of love and war, nightcreams!\",LABEL_2"};
}

// Twice `count` rows of two subjects, by turns.
inline std::vector<std::string> two_subjects(int count) {
  std::vector<std::string> rows;
  for (int i = 0; i < count; ++i) {
    rows.push_back("red lipstick " + std::to_string(i) + ",care");
    rows.push_back("a robot movie and war " + std::to_string(i * i) + ",film");
  }
  return rows;
}

// Writes `model`, an object with "config" and "tensors", whose dropout is set, and `rows` of text and label.
inline FinetuneConfig tiny_classification(const nlohmann::json& model, const std::vector<std::string>& rows,
                                          const std::filesystem::path& folder, double dropout = 0) {
  nlohmann::json changed = model;
  for (const char* key : {"hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout",
                          "mlp_dropout", "embedding_dropout", "classifier_dropout"})
    changed["config"][key] = dropout;
  GoldenModels().write(changed, folder / "base");
  std::string lines = "text,label\n";
  for (const auto& row : rows) lines += row + "\n";
  write_file_atomic(folder / "examples.csv", lines);
  FinetuneConfig config;
  config.base_folder = folder;
  config.lm.model = (folder / "base").string();
  config.finetune.dropout = dropout;
  ExampleSourceOptions source;
  source.path = "examples.csv";
  config.finetune.examples.push_back(source);
  return config;
}

}  // namespace genre::trainer
