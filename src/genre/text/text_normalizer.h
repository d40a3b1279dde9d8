// Steps that rewrite a text before it is split, as "normalizer" of tokenizer.json lists them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "genre/text/traced_text.h"

namespace genre {

// Immutable, so shareable between threads.
class TextNormalizer {
 public:
  virtual ~TextNormalizer() = default;
  virtual void apply(TracedText& text) const = 0;
};

using TextNormalizers = std::vector<std::unique_ptr<const TextNormalizer>>;

// The normal forms of Unicode as the reference knows them.
enum class UnicodeForm { kNfc, kNfd, kNfkc, kNfkd };
std::unique_ptr<const TextNormalizer> make_unicode_form(UnicodeForm form);
// Every occurrence of a text, which is not empty; every run of two spaces or more.
std::unique_ptr<const TextNormalizer> make_replace(std::string pattern, std::string content);
std::unique_ptr<const TextNormalizer> make_replace_space_runs(std::string content);
// Before a text that is not empty.
std::unique_ptr<const TextNormalizer> make_prepend(std::string content);
// Without white space at its ends.
std::unique_ptr<const TextNormalizer> make_strip(bool left, bool right);
// Every character on its own, whatever its neighbours.
std::unique_ptr<const TextNormalizer> make_lowercase();
// Leaves marks out; BertNormalizer only those that take no space.
std::unique_ptr<const TextNormalizer> make_strip_accents();
std::unique_ptr<const TextNormalizer> make_strip_nonspacing_marks();
// Parts of BertNormalizer: leaves controls out and makes white space spaces; sets CJK characters between spaces.
std::unique_ptr<const TextNormalizer> make_clean_text();
std::unique_ptr<const TextNormalizer> make_spaces_around_cjk();

}  // namespace genre
