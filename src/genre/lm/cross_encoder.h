// How well texts fit a query: query and text go through the encoder together, as one sequence.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/lm/options.h"

namespace genre {

// Source: Nogueira and Cho, "Passage Re-ranking with BERT" (2019). Immutable, so shareable between threads, though
// concurrent calls share the pool.
class CrossEncoder {
 public:
  // A sequence classifier with one label, or an ensemble of them, whose scores are averaged. Throws Error(kNotFound),
  // Error(kData) naming file and fault, or Error(kConfig) for options that do not fit the model.
  CrossEncoder(const std::filesystem::path& model_folder, const LmOptions& options);
  ~CrossEncoder();
  CrossEncoder(CrossEncoder&&) noexcept;

  // One score a text, the higher the better: the sigmoid of the logit, or the logit itself where the model's files say
  // so (sentence_transformers.activation_fn of config.json). A score does not depend on the other texts. Uses the
  // global pool. `progress` gets the number of texts done since its last call.
  std::vector<float> scores(std::string_view query, std::span<const std::string> texts,
                            const std::function<void(std::int64_t)>& progress = {}) const;

 private:
  struct Model;
  std::unique_ptr<Model> model_;
};

}  // namespace genre
