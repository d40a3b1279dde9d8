// Labels of texts and how probable they are.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/lm/options.h"

namespace genre {

// Immutable, so shareable between threads, though concurrent calls share the pool.
class TextClassifier {
 public:
  // A sequence classifier, or an ensemble of them (ensemble.h), which answers with the mean of what they say. Throws
  // Error(kNotFound), Error(kData) naming file and fault, or Error(kConfig) for options that do not fit the model.
  TextClassifier(const std::filesystem::path& model_folder, const LmOptions& options);
  ~TextClassifier();
  TextClassifier(TextClassifier&&) noexcept;

  const std::vector<std::string>& labels() const;
  // Any number of labels may hold for a text; otherwise probabilities of a text sum to 1.
  bool multi_label() const;

  // Probabilities (texts x labels). As the reference: sigmoids where the configuration says multi_label_classification
  // or there is one label, else a softmax; a model for regression gives its numbers as they are. Uses the global pool.
  Matrix probabilities(std::span<const std::string> texts,
                       const std::function<void(std::int64_t)>& progress = {}) const;
  // The same of pairs: each text is read together with the other of the same number. No others: of texts.
  Matrix probabilities(std::span<const std::string> texts, std::span<const std::string> others,
                       const std::function<void(std::int64_t)>& progress = {}) const;

 private:
  struct Model;
  std::unique_ptr<Model> model_;
};

}  // namespace genre
