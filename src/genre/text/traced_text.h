// A text that is rewritten step by step, and where its bytes came from.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "genre/text/tokenizer.h"

namespace genre {

struct Span {
  std::size_t begin = 0, end = 0;
};

// Origins follow the rules of the reference's NormalizedString, and are kept only on request: they cost 16 bytes a
// byte.
class TracedText {
 public:
  // `base` is the place of the text's first byte in the whole input. `text` is well-formed UTF-8.
  TracedText(std::string_view text, std::size_t base, bool traced);

  const std::string& text() const { return text_; }
  std::string_view part(Span span) const { return std::string_view(text_).substr(span.begin, span.end - span.begin); }
  std::size_t base() const { return base_; }
  bool traced() const { return traced_; }
  // The bytes of the input behind [span.begin, span.end). Only where traced.
  TokenOffset origin(Span span) const;
  // A part of it as a text of its own.
  TracedText slice(Span span) const;

 private:
  friend class TextRewriter;
  TracedText() = default;
  std::string text_;
  std::vector<TokenOffset> origins_;  // of each byte
  std::size_t base_ = 0;
  bool traced_ = false;
};

// Writes the next state of a text from left to right; finish() puts it in place.
class TextRewriter {
 public:
  explicit TextRewriter(TracedText& text);
  // Writes a character in place of `consumed` old ones: it gets the origin of the first of them, or, where it consumes
  // none, that of the last one consumed.
  void write(char32_t c, std::size_t consumed);
  void write(std::string_view bytes, std::size_t consumed);
  // Leaves old characters out.
  void skip(std::size_t characters);
  // Copies old bytes as they are; `bytes` is where they are in the old text.
  void copy(std::string_view bytes);
  std::size_t written() const { return out_.size(); }  // bytes
  void finish();

 private:
  void trace(std::size_t bytes, std::size_t consumed);
  TracedText& text_;
  std::string out_;
  std::vector<TokenOffset> origins_;
  std::size_t read_ = 0;  // bytes of the old text; moves only where traced
};

// A character and how the number of old characters changed there: 1 for a new one, -n before n that are gone.
struct CharacterChange {
  char32_t c;
  int change;
};
// Writes `content` before the text, unless that is empty; it gets the origin of the first character.
void prepend(TracedText& text, std::string_view content);
// Puts the characters in place of the whole text.
void rewrite(TracedText& text, const std::vector<CharacterChange>& changes);

}  // namespace genre
