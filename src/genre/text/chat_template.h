// Conversations as token ids, in the form that a chat model was trained on.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/base/gguf.h"
#include "genre/text/tokenizer.h"

namespace genre {

struct ChatMessage {
  std::string role;  // "system" (only first), "user", "assistant"
  std::string content;
};

// Only contents are texts of users: special tokens that they spell out stay text. Immutable, so shareable between
// threads.
class ChatTemplate {
 public:
  enum class Form {
    kPlain,   // contents, an empty line between them: models without a template
    kChatMl,  // <|im_start|>role ... <|im_end|>: SmolLM2, Qwen
    kLlama3,  // <|start_header_id|>role<|end_header_id|> ... <|eot_id|>, from 3.1 on with dates in the system message
    kLlama2,  // [INST] ... [/INST] ... </s>
  };

  // By the markers in a model's Jinja template, which is not run; an empty one is plain. What the template spells out
  // is taken from it: a default system message, the dates of Llama 3.1, whether past answers lose their reasoning
  // (Qwen3). Tools are not supported. Throws Error(kConfig) for a template of another form.
  explicit ChatTemplate(std::string_view jinja);

  Form form() const { return form_; }
  // What stands first where a conversation brings no system message; empty: nothing.
  const std::string& default_system() const { return default_system_; }

  enum class Ending { kAsIs, kAnswerFollows };
  // The ids of a conversation; with kAnswerFollows the model is to write the assistant's next message. Throws
  // Error(kData) for a role that the form does not know or has in another order, or where the tokenizer lacks a token.
  std::vector<std::int32_t> encode(const Tokenizer& tokenizer, std::span<const ChatMessage> messages,
                                   Ending ending) const;

 private:
  Form form_ = Form::kPlain;
  std::string default_system_;
  std::string preamble_;  // of every system message, which is then always there
  bool reasons_ = false;  // answers begin with <think> ... </think>
};

// The Jinja template of a model: `tokenizer.chat_template` of a GGUF file; chat_template.jinja or "chat_template" of
// tokenizer_config.json in a folder. Empty where there is none.
std::string chat_template_text(const GgufFile& file);
std::string chat_template_text(const std::filesystem::path& model_folder);

}  // namespace genre
