// Steps that rewrite a text before it is split, as "normalizer" of tokenizer.json lists them.
#pragma once

#include <memory>
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

// Canonical forms of Unicode as the reference knows them.
std::unique_ptr<const TextNormalizer> make_nfc();
std::unique_ptr<const TextNormalizer> make_nfd();
// Every character on its own, whatever its neighbours.
std::unique_ptr<const TextNormalizer> make_lowercase();
// Leaves nonspacing marks out.
std::unique_ptr<const TextNormalizer> make_strip_accents();
// Parts of BertNormalizer: leaves controls out and makes white space spaces; sets CJK characters between spaces.
std::unique_ptr<const TextNormalizer> make_clean_text();
std::unique_ptr<const TextNormalizer> make_spaces_around_cjk();

}  // namespace genre
