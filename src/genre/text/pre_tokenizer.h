// Steps that cut a text into pieces, inside which the model then looks for tokens: "pre_tokenizer" of tokenizer.json.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "genre/text/split_pattern.h"
#include "genre/text/traced_text.h"

namespace genre {

// Immutable, so shareable between threads.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // Cuts each piece further; may rewrite the text. Pieces are ascending, do not overlap and are never empty.
  virtual void split(TracedText& text, std::vector<Span>& pieces) const = 0;
  // Whether pieces depend on where in the whole input the text begins.
  virtual bool asks_for_start() const { return false; }
};

using PreTokenizers = std::vector<std::unique_ptr<const PreTokenizer>>;

// At the pieces of a pattern.
std::unique_ptr<const PreTokenizer> make_pattern_split(SplitPattern pattern);
// Every digit on its own, or runs of digits.
std::unique_ptr<const PreTokenizer> make_digit_split(bool individual);
// BERT's words: white space is left out, and every punctuation character stands alone.
std::unique_ptr<const PreTokenizer> make_bert_split();
// Words between white space, which is left out.
std::unique_ptr<const PreTokenizer> make_whitespace_split();
// SentencePiece's spaces: each becomes `replacement`, and where asked one is put before pieces that do not begin with
// it. With `split`, a piece begins at every replacement.
enum class PrependScheme { kNever, kFirst, kAlways };  // kFirst: only at the beginning of the whole input
std::unique_ptr<const PreTokenizer> make_metaspace(std::string replacement, PrependScheme prepends, bool split);
// A space before every piece that does not begin with one.
std::unique_ptr<const PreTokenizer> make_prefix_space();

}  // namespace genre
