#include "genre/lm/prompt.h"

#include <string>

#include "genre/base/error.h"

namespace genre {

std::vector<std::int32_t> text_prompt(const Tokenizer& tokenizer, std::int32_t begin_token, std::string_view text) {
  std::vector<std::int32_t> ids;
  if (begin_token >= 0) ids.push_back(begin_token);
  const auto plain = tokenizer.encode_plain(text);
  ids.insert(ids.end(), plain.begin(), plain.end());
  return ids;
}

std::vector<std::int32_t> chat_prompt(const Tokenizer& tokenizer, std::string_view system, std::string_view user) {
  const auto begin = tokenizer.find("<|im_start|>"), end = tokenizer.find("<|im_end|>");
  if (!begin || !end)
    throw Error(ErrorCode::kConfig,
                "the model's vocabulary has no <|im_start|> and <|im_end|>, so no chat is known for it",
                "write the prompt in the form that the model was trained on");
  std::vector<std::int32_t> ids;
  const auto add = [&](const std::string& text) {
    const auto plain = tokenizer.encode_plain(text);
    ids.insert(ids.end(), plain.begin(), plain.end());
  };
  const auto turn = [&](const std::string& role, std::string_view text) {
    ids.push_back(*begin);
    add(role + "\n" + std::string(text));
    ids.push_back(*end);
    add("\n");
  };
  if (!system.empty()) turn("system", system);
  turn("user", user);
  ids.push_back(*begin);
  add("assistant\n");
  return ids;
}

}  // namespace genre
