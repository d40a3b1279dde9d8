#include "genre/engine/language_models.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

#include "genre/base/sha256.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/digest_cache.h"
#include "genre/lm/ensemble.h"
#include "genre/lm/text_classifier.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

std::string digest_of_files(const fs::path& folder) {
  Sha256 digest;
  digest.update("genre text classifier 1");  // counts up when the same files give other numbers
  for (const fs::path& member : ensemble_members(folder)) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(member)) {
      const auto kind = entry.path().extension();
      if (kind == ".json" || kind == ".txt" || kind == ".safetensors") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (const fs::path& file : files) digest.update("\n" + file.filename().string() + " " + remembered_sha256(file));
  }
  return digest.hex();
}

class OpenedClassifier : public LabelsTexts {
 public:
  OpenedClassifier(std::string name, const fs::path& folder)
      : classifier_(folder, {}), name_(std::move(name)), id_(digest_of_files(folder)) {}
  const std::vector<std::string>& labels() const override { return classifier_.labels(); }
  Matrix probabilities(std::span<const std::string> texts) const override { return classifier_.probabilities(texts); }
  const std::string& name() const override { return name_; }
  const std::string& id() const override { return id_; }

 private:
  TextClassifier classifier_;
  std::string name_, id_;
};

class OpenedModels : public LanguageModels {
 public:
  std::shared_ptr<const LabelsTexts> classifier(const std::string& name) const override {
    const std::lock_guard lock(mutex_);
    if (auto open = open_[name].lock()) return open;
    const fs::path folder = resolve_model(name);
    const bool of_catalogue = folder != fs::path(name);
    auto opened = std::make_shared<const OpenedClassifier>(
        of_catalogue ? name : fs::absolute(folder).lexically_normal().string(), folder);
    open_[name] = opened;
    return opened;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::weak_ptr<const LabelsTexts>> open_;
};

}  // namespace

std::shared_ptr<const LanguageModels> language_models() {
  static const auto models = std::make_shared<const OpenedModels>();
  return models;
}

}  // namespace genre
