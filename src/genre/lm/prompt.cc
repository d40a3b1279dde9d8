#include "genre/lm/prompt.h"

#include <string>

#include "genre/base/error.h"
#include "genre/lm/tensor_source.h"

namespace genre {

std::vector<std::int32_t> text_prompt(const Tokenizer& tokenizer, std::int32_t begin_token, std::string_view text) {
  std::vector<std::int32_t> ids;
  if (begin_token >= 0) ids.push_back(begin_token);
  const auto plain = tokenizer.encode_plain(text);
  ids.insert(ids.end(), plain.begin(), plain.end());
  return ids;
}

namespace {

struct ModelTemplate {
  std::string jinja;  // empty: none
  std::filesystem::path weights;
};

ModelTemplate model_template(const std::filesystem::path& folder_or_file) {
  const auto weights = open_tensors(folder_or_file)->path();
  return {weights.extension() == ".gguf" ? chat_template_text(GgufFile(weights))
                                         : chat_template_text(weights.parent_path()),
          weights};
}

}  // namespace

ChatTemplate find_chat_template(const std::filesystem::path& folder_or_file) {
  return ChatTemplate(model_template(folder_or_file).jinja);
}

ChatTemplate read_chat_template(const std::filesystem::path& folder_or_file) {
  const auto [jinja, weights] = model_template(folder_or_file);
  if (jinja.empty())
    throw Error(ErrorCode::kConfig, "the model brings no chat template, so it was not trained on conversations",
                "choose a model for chats, or write the whole prompt and leave --chat out", {.file = weights.string()});
  return ChatTemplate(jinja);
}

std::vector<std::int32_t> chat_prompt(const Tokenizer& tokenizer, const ChatTemplate& chat, std::string_view system,
                                      std::string_view user) {
  std::vector<ChatMessage> messages;
  if (!system.empty()) messages.push_back({"system", std::string(system)});
  messages.push_back({"user", std::string(user)});
  return chat.encode(tokenizer, messages, ChatTemplate::Ending::kAnswerFollows);
}

std::vector<std::int32_t> instruction_prompt(const Tokenizer& tokenizer, const ChatTemplate& chat,
                                             std::int32_t begin_token, std::string_view text) {
  return chat.form() == ChatTemplate::Form::kPlain ? text_prompt(tokenizer, begin_token, text)
                                                   : chat_prompt(tokenizer, chat, "", text);
}

}  // namespace genre
