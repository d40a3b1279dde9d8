#include "genre/torch/sentence_model.h"

#include <nlohmann/json.hpp>
#include <string>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre::trainer {
namespace fs = std::filesystem;
namespace {

bool is_tokenizer_file(const std::string& name) {
  return name.starts_with("tokenizer") || name.starts_with("vocab") || name == "special_tokens_map.json" ||
         name == "merges.txt" || name == "added_tokens.json" || name == "sentencepiece.bpe.model" ||
         name == "spiece.model";
}

}  // namespace

void copy_tokenizer(const fs::path& from, const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(from))
    if (is_tokenizer_file(entry.path().filename().string())) fs::copy_file(entry.path(), to / entry.path().filename());
}

fs::path copy_sentence_files(const fs::path& base, const SentenceConfig& config, const fs::path& folder) {
  const fs::path encoder = (folder / fs::relative(config.encoder.folder, base)).lexically_normal();
  fs::create_directories(encoder);
  copy_tokenizer(config.encoder.folder, encoder);
  for (const fs::path& file : config.files) {
    const fs::path copy = folder / fs::relative(file, base);
    fs::create_directories(copy.parent_path());
    fs::copy_file(file, copy, fs::copy_options::overwrite_existing);
  }
  return encoder;
}

SentenceConfig read_pooled_model(const fs::path& base) {
  SentenceConfig config = read_sentence_config(base);
  if (!config.dense.empty() || (config.pooling != nn::Pooling::kMean && config.pooling != nn::Pooling::kClass))
    throw Error(ErrorCode::kConfig, "the vectors of this model are no mean and no first state of its encoder",
                "choose another model", {.file = base.string(), .key = "lm.model"});
  return config;
}

void expect_something_trained(const Parameters& parameters) {
  if (parameters.trained_count() > 0) return;
  throw Error(ErrorCode::kConfig, "nothing of the encoder is trained, and vectors have no head",
              "choose full, bitfit or adapters and freeze fewer layers", {.key = "finetune.tune"});
}

void save_sentence_model(const fs::path& base, const SentenceConfig& config, const TunedEncoder& encoder,
                         const std::string& name, const fs::path& model, const fs::path& adapter,
                         const std::string& class_name) {
  const AdapterFile file{.base_model = name,
                         .task_type = "FEATURE_EXTRACTION",
                         .modules = {},
                         .prefix = std::string(config.encoder.architecture->prefix)};
  save_folders(model, adapter, encoder.adapters(), file, [&](const fs::path& folder) {
    const fs::path weights = copy_sentence_files(base, config, folder);
    if (!class_name.empty()) {
      auto json = nlohmann::ordered_json::parse(read_file(config.encoder.folder / "config.json"));
      json["architectures"] = {class_name};
      write_file_atomic(weights / "config.json", json.dump(2) + "\n");
    }
    encoder.save_weights(weights);
    return weights;
  });
}

}  // namespace genre::trainer
