// Texts as the token ids that a decoder continues.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "genre/text/chat_template.h"
#include "genre/text/tokenizer.h"

namespace genre {

// The text behind `begin_token` (-1: none). What looks like a special token stays text.
std::vector<std::int32_t> text_prompt(const Tokenizer& tokenizer, std::int32_t begin_token, std::string_view text);

// The conversation template of a model (chat_template.h), plain where it brings none. Throws Error(kConfig) for one of
// an unknown form.
ChatTemplate find_chat_template(const std::filesystem::path& folder_or_file);
// The same, but also throws Error(kConfig) where the model brings none.
ChatTemplate read_chat_template(const std::filesystem::path& folder_or_file);

// One turn of a user, before it a system turn, and the head of the answer; an empty `system` leaves the template's
// default, if it has one. Throws as ChatTemplate::encode.
std::vector<std::int32_t> chat_prompt(const Tokenizer& tokenizer, const ChatTemplate& chat, std::string_view system,
                                      std::string_view user);

// What stands before the answer to a prompt, in training (task `instruct`) and afterwards: one turn of a user in the
// model's own form of a conversation, or the text alone where it has none.
std::vector<std::int32_t> instruction_prompt(const Tokenizer& tokenizer, const ChatTemplate& chat,
                                             std::int32_t begin_token, std::string_view text);

}  // namespace genre
