// Tokenizers from the metadata of GGUF files: keys `tokenizer.ggml.*`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "genre/base/gguf.h"
#include "genre/text/tokenizer.h"

namespace genre {

// The values of the keys, by their last part.
struct GgufVocabulary {
  std::string model;  // "gpt2": byte-level BPE; "llama": SentencePiece's BPE; "t5": SentencePiece's unigram;
                      // "bert": WordPiece, words marked at their start and lower-cased
  std::string pre;    // how the text is split before merging: "gpt-2", "smollm", "llama-bpe", "qwen2"
  std::vector<std::string> tokens;
  std::vector<std::string> merges;  // "left right" by rank
  std::vector<std::int64_t>
      token_types;             // 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; empty: all 1
  std::vector<double> scores;  // of tokens of SentencePiece
  std::string charsmap;        // bytes of `precompiled_charsmap`
  std::optional<std::int64_t> begin_token, end_token, unknown_token, class_token, separator_token;
  std::optional<bool> adds_begin, adds_end, adds_space, removes_spaces;
};

// Throws Error(kData) that names what is damaged or not supported.
std::unique_ptr<Tokenizer> make_tokenizer(const GgufVocabulary& file);

// The tokenizer of a file, which is the tokenizer.json that `genre lm convert` keeps in files of WordPiece models; its
// faults name the file.
std::unique_ptr<Tokenizer> load_tokenizer(const GgufFile& file);

}  // namespace genre
