// A decoder for tests that reads the themes of a SmallWorld from prompts.
#pragma once

#include <algorithm>
#include <cmath>

#include "genre/rec/language_models.h"

namespace genre {

// With m of the n words "themeT" of a text being those of a theme, its share is (m + 1) / (n + 2). p(yes) is the share
// of the last theme of a prompt in the part before it, p(no) what is left, and p(anything else) the share in the prompt
// of the theme that it names, for each of its words.
class ThemeDecoder : public WeighsAnswers {
 public:
  explicit ThemeDecoder(std::string id, std::string adapter = "") : id_(std::move(id)), adapter_(std::move(adapter)) {}
  const std::string& name() const override { return name_; }
  const std::string& id() const override { return id_; }
  const std::string& adapter() const override { return adapter_; }
  std::int64_t bytes() const override { return 1000; }
  Matrix log_probabilities(std::span<const std::string> prompts, std::span<const std::string> answers) const override {
    Matrix out(std::ssize(prompts), std::ssize(answers));
    for (std::int64_t p = 0; p < out.rows(); ++p)
      for (std::int64_t a = 0; a < out.cols(); ++a) out.row(p)[a] = log_probability(prompts[p], answers[a]);
    return out;
  }
  std::int64_t tokens(const std::string& answer) const override { return 1 + std::ranges::count(answer, ' '); }

  static float share(std::string_view text, char theme) {
    int named = 0, all = 0;
    for (std::size_t at = 0; (at = text.find("theme", at)) != std::string_view::npos; at += 5)
      if (at + 5 < text.size()) ++all, named += text[at + 5] == theme ? 1 : 0;
    return static_cast<float>(named + 1) / static_cast<float>(all + 2);
  }

 private:
  float log_probability(const std::string& prompt, const std::string& answer) const {
    if (answer == "yes" || answer == "no") {
      const std::size_t last = prompt.rfind("theme");
      if (last == std::string::npos) return std::log(0.5f);
      const float yes = share(std::string_view(prompt).substr(0, last), prompt[last + 5]);
      return std::log(answer == "yes" ? yes : 1 - yes);
    }
    const std::size_t theme = answer.find("theme");
    const float chance = theme == std::string::npos ? 0.5f : share(prompt, answer[theme + 5]);
    return static_cast<float>(tokens(answer)) * std::log(chance);
  }

  std::string name_ = "themes", id_, adapter_;
};

}  // namespace genre
