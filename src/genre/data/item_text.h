// Items as text for language models; histories are in history_text.h.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/dataset.h"

namespace genre {

// "{title} ({year}). {genres}" filled from an item's fields. An absent field takes along the literal text that belongs
// to it: brackets with nothing else inside, words up to the next punctuation ("Year: "). One separator stays between
// what is present; spaces collapse; control characters become spaces; {{ and }} are braces. "" when every field is
// absent.
class TextTemplate {
 public:
  // Throws Error(kConfig) on unbalanced braces or no field; `key` is its place in the configuration.
  explicit TextTemplate(std::string_view text, std::string_view key = "item_text.template");
  const std::vector<std::string>& field_names() const { return names_; }
  std::string fill(const FieldTable& fields, std::int32_t id) const;
  // The same with fields from anywhere; "" where absent. The views are used before the next call.
  using FieldSource = std::function<std::string_view(const std::string&)>;
  std::string fill(const FieldSource& fields) const;

 private:
  struct Piece {
    enum class Kind { kLiteral, kField, kOpen, kClose };
    Kind kind;
    std::string text;
    std::size_t match = 0;  // of kOpen: the piece that closes it
  };
  std::string fill(const FieldSource& fields, std::size_t begin, std::size_t end) const;
  std::vector<Piece> pieces_;
  std::vector<std::string> names_;
};

// One text an item, I long. Throws Error(kConfig) naming a field that no item source gives, with the nearest name.
std::vector<std::string> item_texts(const Dataset& dataset, const TextTemplate& text_template);

}  // namespace genre
