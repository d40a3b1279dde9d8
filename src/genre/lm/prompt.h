// Texts as the token ids that a decoder continues.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "genre/text/tokenizer.h"

namespace genre {

// The text behind `begin_token` (-1: none). What looks like a special token stays text.
std::vector<std::int32_t> text_prompt(const Tokenizer& tokenizer, std::int32_t begin_token, std::string_view text);

// One turn of a user, before it a system turn unless `system` is empty, and the head of the answer, in the form of
// ChatML (SmolLM2, Qwen2, Qwen3):
//   <|im_start|>system\n SYSTEM <|im_end|>\n<|im_start|>user\n USER <|im_end|>\n<|im_start|>assistant\n
// Throws Error(kConfig) where the vocabulary has no <|im_start|> and <|im_end|>.
std::vector<std::int32_t> chat_prompt(const Tokenizer& tokenizer, std::string_view system, std::string_view user);

}  // namespace genre
