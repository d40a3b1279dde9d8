#include "genre/engine/language_models.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <utility>

#include "genre/base/sha256.h"
#include "genre/lm/adapter_folder.h"
#include "genre/lm/candidate_scorer.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/decoder.h"
#include "genre/lm/digest_cache.h"
#include "genre/lm/ensemble.h"
#include "genre/lm/prompt.h"
#include "genre/lm/text_classifier.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

// What `digest` makes of the files of a model folder, or of one file.
void add_files(Sha256& digest, const fs::path& folder_or_file) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder_or_file)) files.push_back(folder_or_file);
  for (std::error_code no_folder; const auto& entry : fs::directory_iterator(folder_or_file, no_folder)) {
    const auto kind = entry.path().extension();
    if (kind == ".json" || kind == ".txt" || kind == ".jinja" || kind == ".safetensors" || kind == ".gguf")
      files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) digest.update("\n" + file.filename().string() + " " + remembered_sha256(file));
}

std::string digest_of_classifier(const fs::path& folder) {
  Sha256 digest;
  digest.update("genre text classifier 1");  // counts up when the same files give other numbers
  for (const fs::path& member : ensemble_members(folder)) add_files(digest, member);
  return digest.hex();
}

std::string digest_of_decoder(const fs::path& path, const fs::path& adapter) {
  Sha256 digest;
  digest.update("genre decoder 1");  // likewise
  add_files(digest, path);
  for (const fs::path& beside : {adapter_of_model(path), adapter}) {
    digest.update("\nadapter");
    if (!beside.empty()) add_files(digest, beside);
  }
  return digest.hex();
}

class OpenedClassifier : public LabelsTexts {
 public:
  OpenedClassifier(std::string name, const fs::path& folder)
      : classifier_(folder, {}), name_(std::move(name)), id_(digest_of_classifier(folder)) {}
  const std::vector<std::string>& labels() const override { return classifier_.labels(); }
  Matrix probabilities(std::span<const std::string> texts) const override { return classifier_.probabilities(texts); }
  const std::string& name() const override { return name_; }
  const std::string& id() const override { return id_; }

 private:
  TextClassifier classifier_;
  std::string name_, id_;
};

class OpenedDecoder : public WeighsAnswers {
 public:
  OpenedDecoder(std::string name, const fs::path& path, const fs::path& adapter)
      : decoder_(open(path, adapter)),
        chat_(find_chat_template(path)),
        name_(std::move(name)),
        adapter_(adapter.string()),
        id_(digest_of_decoder(path, adapter)) {
    decoder_.tokenizer();
  }
  const std::string& name() const override { return name_; }
  const std::string& id() const override { return id_; }
  const std::string& adapter() const override { return adapter_; }
  std::int64_t bytes() const override {
    return static_cast<std::int64_t>(decoder_.weight_bytes() + decoder_.adapter_bytes());
  }
  Matrix log_probabilities(std::span<const std::string> prompts, std::span<const std::string> answers) const override {
    std::vector<std::vector<std::int32_t>> prompt_ids, answer_ids;
    for (const std::string& prompt : prompts)
      prompt_ids.push_back(instruction_prompt(decoder_.tokenizer(), chat_, decoder_.config().begin_token, prompt));
    for (const std::string& answer : answers) answer_ids.push_back(decoder_.tokenizer().encode_plain(answer));
    const auto scores = score_candidates(decoder_, prompt_ids, answer_ids);
    Matrix out(std::ssize(prompts), std::ssize(answers));
    for (std::size_t p = 0; p < scores.size(); ++p)
      std::ranges::transform(scores[p], out.row(static_cast<std::int64_t>(p)).begin(),
                             [](double score) { return static_cast<float>(score); });
    return out;
  }
  std::int64_t tokens(const std::string& answer) const override {
    return std::ssize(decoder_.tokenizer().encode_plain(answer));
  }

 private:
  static Decoder open(const fs::path& path, const fs::path& adapter) {
    Decoder base(path, DecoderPrecision::kNative);
    return adapter.empty() ? std::move(base) : base.with_adapter(adapter);
  }

  Decoder decoder_;
  ChatTemplate chat_;
  std::string name_, adapter_, id_;
};

// What opens the model again: its name in the catalogue, or the whole path.
std::string whole_name(const std::string& name, const fs::path& resolved) {
  return resolved != fs::path(name) ? name : fs::absolute(resolved).lexically_normal().string();
}

class OpenedModels : public LanguageModels {
 public:
  std::shared_ptr<const LabelsTexts> classifier(const std::string& name) const override {
    const std::lock_guard lock(mutex_);
    if (auto open = classifiers_[name].lock()) return open;
    const fs::path folder = resolve_model(name);
    auto opened = std::make_shared<const OpenedClassifier>(whole_name(name, folder), folder);
    classifiers_[name] = opened;
    return opened;
  }

  std::shared_ptr<const WeighsAnswers> decoder(const std::string& name, const std::string& adapter) const override {
    const std::lock_guard lock(mutex_);
    auto& kept = decoders_[{name, adapter}];
    if (auto open = kept.lock()) return open;
    const fs::path path = resolve_model(name);
    const fs::path beside = adapter.empty() ? fs::path() : fs::absolute(find_adapter(path, adapter)).lexically_normal();
    auto opened = std::make_shared<const OpenedDecoder>(whole_name(name, path), path, beside);
    kept = opened;
    return opened;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::weak_ptr<const LabelsTexts>> classifiers_;
  mutable std::map<std::pair<std::string, std::string>, std::weak_ptr<const WeighsAnswers>> decoders_;
};

}  // namespace

std::shared_ptr<const LanguageModels> language_models() {
  static const auto models = std::make_shared<const OpenedModels>();
  return models;
}

}  // namespace genre
