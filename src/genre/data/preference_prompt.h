// Whether somebody would like an item, put to a language model: the words in which it is trained and asked.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/item_text.h"

namespace genre {

// What the model is to answer: one of kPreferenceAnswers to a question that names the item, or the text of the item.
enum class PreferenceAnswer { kYesOrNo, kText };
inline constexpr std::array<std::string_view, 2> kPreferenceAnswers = {"yes", "no"};

// Texts of items that somebody touched, newest first.
struct ToldHistory {
  std::vector<std::string_view> liked, disliked;

  bool empty() const { return liked.empty() && disliked.empty(); }
  std::int64_t size() const { return std::ssize(liked) + std::ssize(disliked); }
};

// Immutable, so shareable between threads.
class PreferencePrompt {
 public:
  // Lines of text with the fields {history}, the texts of liked items with "; " between them, newest first,
  // {disliked}, likewise those of items that were touched and not liked, {words}, what somebody says that they look
  // for, and {candidate}, the item that is asked about. Each line is a TextTemplate, so that one whose fields are all
  // absent is left out, and texts are put in as one line, whatever they hold. Empty: words that suit the answer. Throws
  // Error(kConfig) with the key model.prompt for another field, with the nearest name, without {history}, and unless
  // {candidate} is there for kYesOrNo and only then.
  PreferencePrompt(PreferenceAnswer answer, std::string_view lines);

  PreferenceAnswer answer() const { return answer_; }
  // Whether {disliked} is there. If so the newest items are told whether liked or not, so that how many of them are in
  // which list says how easily somebody likes anything; else the newest liked ones.
  bool tells_disliked() const { return tells_disliked_; }
  // `candidate` is read for kYesOrNo only. What comes before {candidate} is the same for all of them.
  std::string write(const ToldHistory& history, std::string_view words, std::string_view candidate) const;

 private:
  struct Line {
    std::string literal;
    std::vector<TextTemplate> fields;  // one, or none: the line is literal
  };
  PreferenceAnswer answer_;
  bool tells_disliked_;
  std::vector<Line> lines_;
};

}  // namespace genre
