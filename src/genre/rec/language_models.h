// What a recommender may ask of language models, which it does not know itself: whoever builds recommenders says where
// they are (RecommenderOptions::connect).
#pragma once

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

class LanguageModels {
 public:
  virtual ~LanguageModels() = default;
  // By catalogue name or folder; the same object for the same name. Throws Error(kNotFound), or Error(kData) naming
  // file and fault. Thread-safe.
  virtual std::shared_ptr<const LabelsTexts> classifier(const std::string& name) const = 0;
};

}  // namespace genre
