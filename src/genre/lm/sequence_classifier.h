// A sequence classifier as its folder holds it, with its tokenizer: texts or pairs in, logits out.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/lm/classifier_head.h"
#include "genre/lm/options.h"

namespace genre {

// Immutable, so shareable between threads, though concurrent calls share the pool.
class SequenceClassifier {
 public:
  // Throws Error(kNotFound), Error(kData) naming file and fault, or Error(kConfig) for options that do not fit the
  // model.
  SequenceClassifier(const std::filesystem::path& folder, const LmOptions& options);
  ~SequenceClassifier();
  SequenceClassifier(SequenceClassifier&&) noexcept;

  const ClassifierConfig& config() const { return model_.config(); }

  // One row (texts x labels) for each text, or for each pair of a text and the other of the same number where there are
  // others. Uses the global pool. `progress` gets the number of texts done since its last call, from one thread at a
  // time.
  Matrix logits(std::span<const std::string> texts, std::span<const std::string> others = {},
                const std::function<void(std::int64_t)>& progress = {}) const;

 private:
  ClassifierModel model_;
  std::unique_ptr<Tokenizer> tokenizer_;
  int maximum_tokens_;
};

// The members of a model, one for a model that is no ensemble (ensemble.h). Throws as above, and Error(kData) where
// they do not have the same labels in the same order.
std::vector<SequenceClassifier> load_members(const std::filesystem::path& model, const LmOptions& options);

// What members say of texts, averaged: `served` turns the logits of one member (texts x labels) into what is averaged.
Matrix averaged(std::span<const SequenceClassifier> members, std::span<const std::string> texts,
                std::span<const std::string> others, const std::function<void(Matrix&)>& served,
                const std::function<void(std::int64_t)>& progress = {});

}  // namespace genre
