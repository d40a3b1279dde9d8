// A classifier for tests that reads the themes of a SmallWorld from its texts.
#pragma once

#include "genre/rec/language_models.h"

namespace genre {

// The probability of a theme is its share of the words "themeT" of the text; all the same where there is none.
class ThemeLabels : public LabelsTexts {
 public:
  explicit ThemeLabels(std::string id, int themes = 4) : id_(std::move(id)) {
    for (int t = 0; t < themes; ++t) labels_.push_back(std::to_string(t));
  }
  const std::vector<std::string>& labels() const override { return labels_; }
  Matrix probabilities(std::span<const std::string> texts) const override {
    const auto themes = std::ssize(labels_);
    Matrix out(std::ssize(texts), themes);
    for (std::int64_t row = 0; row < out.rows(); ++row) {
      const std::string& text = texts[row];
      float all = 0;
      for (std::int64_t t = 0; t < themes; ++t)
        for (std::size_t at = 0; (at = text.find("theme" + labels_[t], at)) != std::string::npos; ++at)
          out.row(row)[t] += 1, all += 1;
      for (float& share : out.row(row)) share = all > 0 ? share / all : 1.0f / static_cast<float>(themes);
    }
    return out;
  }
  const std::string& name() const override { return name_; }
  const std::string& id() const override { return id_; }

 private:
  std::vector<std::string> labels_;
  std::string name_ = "themes", id_;
};

}  // namespace genre
