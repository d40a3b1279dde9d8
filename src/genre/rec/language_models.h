// What a recommender may ask of language models, which it does not know itself: whoever builds recommenders says where
// they are (RecommenderOptions::connect).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "genre/linalg/matrix.h"

namespace genre {

// A language model that is open.
class OpenedModel {
 public:
  virtual ~OpenedModel() = default;
  virtual const std::string& name() const = 0;  // opens it again from anywhere: of a folder, the whole path
  virtual const std::string& id() const = 0;    // changes with anything that changes the numbers
};

// A language model with a head that says which labels a text has. Thread-safe.
class LabelsTexts : public OpenedModel {
 public:
  virtual const std::vector<std::string>& labels() const = 0;  // L
  // texts x L. The row of a text does not depend on the others to 1e-5.
  virtual Matrix probabilities(std::span<const std::string> texts) const = 0;
};

// A decoder that says how likely it gives an answer to a prompt. Thread-safe.
class WeighsAnswers : public OpenedModel {
 public:
  virtual const std::string& adapter() const = 0;  // beside the weights, as name(); or ""
  virtual std::int64_t bytes() const = 0;          // of the weights in memory
  // prompts x answers: ln p(answer | prompt), the sum over the tokens of the answer. Each prompt is what a user says to
  // the model. What all prompts begin with is read once; a value does not depend on the other prompts and answers.
  // Throws Error(kResources) where a prompt and an answer are longer than the model reads.
  virtual Matrix log_probabilities(std::span<const std::string> prompts,
                                   std::span<const std::string> answers) const = 0;
  virtual std::int64_t tokens(const std::string& answer) const = 0;
};

class LanguageModels {
 public:
  virtual ~LanguageModels() = default;
  // By catalogue name or folder; the same object for the same name. Throws Error(kNotFound), or Error(kData) naming
  // file and fault. Thread-safe.
  virtual std::shared_ptr<const LabelsTexts> classifier(const std::string& name) const = 0;
  // The same, also by GGUF file, and with an adapter: a folder, a name among the decoder's own, or "". Also throws
  // Error(kData) for an adapter of another model, Error(kNotFound) for a decoder without a tokenizer.
  virtual std::shared_ptr<const WeighsAnswers> decoder(const std::string& name, const std::string& adapter) const = 0;
};

}  // namespace genre
