#include "genre/text/chat_template.h"

#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {
namespace {

using Form = ChatTemplate::Form;
using Ids = std::vector<std::int32_t>;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// The literal between "<|im_start|>system" and "<|im_end|>" in a template, where there is one.
std::string literal_system(std::string_view jinja) {
  constexpr std::string_view kBegin = "<|im_start|>system", kEnd = "<|im_end|>";
  for (std::size_t at = jinja.find(kBegin); at != std::string_view::npos; at = jinja.find(kBegin, at + 1)) {
    std::string_view text = jinja.substr(at + kBegin.size());
    text = text.substr(0, text.find(kEnd));
    if (text.starts_with("\\n")) {
      text.remove_prefix(2);
    } else if (text.starts_with('\n')) {
      text.remove_prefix(1);
    } else {
      continue;
    }
    if (!text.empty() && text.find_first_of("'\"{}\\") == std::string_view::npos) return std::string(text);
  }
  return {};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\r\f\v";
  const std::size_t begin = text.find_first_not_of(kSpaces);
  return begin == std::string_view::npos ? std::string_view()
                                         : text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

// Ids of special tokens by their names and of texts as texts.
class Writer {
 public:
  explicit Writer(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  void token(std::string_view name) {
    flush();
    const auto id = tokenizer_.find(name);
    if (!id)
      throw Error(ErrorCode::kData,
                  "the chat template needs the token '" + std::string(name) + "', the tokenizer has none",
                  "fetch the model again");
    ids_.push_back(*id);
  }
  // Neighbouring texts are tokenized as one.
  void text(std::string_view part) { text_ += part; }
  Ids finish() {
    flush();
    return std::move(ids_);
  }

 private:
  void flush() {
    const Ids ids = tokenizer_.encode_plain(text_);
    ids_.insert(ids_.end(), ids.begin(), ids.end());
    text_.clear();
  }
  const Tokenizer& tokenizer_;
  Ids ids_;
  std::string text_;
};

void check_roles(std::span<const ChatMessage> messages, bool alternate) {
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string& role = messages[i].role;
    if (role != "user" && role != "assistant" && !(role == "system" && i == 0))
      throw Error(ErrorCode::kData, "message " + std::to_string(i) + " has the role '" + role + "'",
                  "use user and assistant, and system for the first message only");
    const bool first_system = messages[0].role == "system";
    if (alternate && role != "system" && (role == "user") != ((i - first_system) % 2 == 0))
      throw Error(ErrorCode::kData, "message " + std::to_string(i) + " has the role '" + role + "' out of turn",
                  "begin with the user and let roles alternate");
  }
}

void write_chat_ml(Writer& out, std::string_view role, std::string_view content) {
  out.token("<|im_start|>");
  out.text(role);
  out.text("\n");
  out.text(content);
  out.token("<|im_end|>");
  out.text("\n");
}

void write_llama3_header(Writer& out, std::string_view role) {
  out.token("<|start_header_id|>");
  out.text(role);
  out.token("<|end_header_id|>");
  out.text("\n\n");
}

void write_llama2(Writer& out, std::span<const ChatMessage> messages) {
  std::string system;
  for (const ChatMessage& message : messages) {
    if (message.role == "system") {
      system = "<<SYS>>\n" + message.content + "\n<</SYS>>\n\n";
    } else if (message.role == "user") {
      out.token("<s>");
      out.text("[INST] ");
      out.text(trimmed(system + message.content));
      out.text(" [/INST]");
      system.clear();
    } else {
      out.text(" ");
      out.text(trimmed(message.content));
      out.text(" ");
      out.token("</s>");
    }
  }
}

}  // namespace

ChatTemplate::ChatTemplate(std::string_view jinja) {
  if (jinja.empty()) return;
  if (contains(jinja, "<|im_start|>")) {
    form_ = Form::kChatMl;
    default_system_ = literal_system(jinja);
  } else if (contains(jinja, "<|start_header_id|>") && !contains(jinja, "Cutting Knowledge Date")) {
    form_ = Form::kLlama3;
  } else if (contains(jinja, "[INST]") && contains(jinja, "<<SYS>>")) {
    form_ = Form::kLlama2;
  } else {
    constexpr std::size_t kShown = 80;
    throw Error(ErrorCode::kConfig, "the chat template is of no known form: " + std::string(jinja.substr(0, kShown)),
                "known forms are ChatML, Llama 3 and Llama 2; choose a model that has one of these");
  }
}

Ids ChatTemplate::encode(const Tokenizer& tokenizer, std::span<const ChatMessage> messages, Ending ending) const {
  check_roles(messages, /*alternate=*/form_ == Form::kLlama2);
  const bool answer_follows = ending == Ending::kAnswerFollows;
  Writer out(tokenizer);
  switch (form_) {
    case Form::kPlain:
      for (std::size_t i = 0; i < messages.size(); ++i) {
        if (i > 0) out.text("\n\n");
        out.text(messages[i].content);
      }
      if (answer_follows && !messages.empty()) out.text("\n\n");
      break;
    case Form::kChatMl:
      if (!default_system_.empty() && !messages.empty() && messages[0].role != "system")
        write_chat_ml(out, "system", default_system_);
      for (const ChatMessage& message : messages) write_chat_ml(out, message.role, message.content);
      if (!answer_follows) break;
      out.token("<|im_start|>");
      out.text("assistant\n");
      break;
    case Form::kLlama3:
      out.token("<|begin_of_text|>");
      for (const ChatMessage& message : messages) {
        write_llama3_header(out, message.role);
        out.text(trimmed(message.content));
        out.token("<|eot_id|>");
      }
      if (answer_follows) write_llama3_header(out, "assistant");
      break;
    case Form::kLlama2:
      write_llama2(out, messages);
      break;
  }
  return out.finish();
}

std::string chat_template_text(const GgufFile& file) { return file.text("tokenizer.chat_template").value_or(""); }

std::string chat_template_text(const std::filesystem::path& model_folder) {
  const auto whole = model_folder / "chat_template.jinja", config = model_folder / "tokenizer_config.json";
  if (std::filesystem::exists(whole)) return read_file(whole);
  if (!std::filesystem::exists(config)) return {};
  try {
    const auto file = nlohmann::json::parse(read_file(config));
    const auto found = file.find("chat_template");
    if (found == file.end() || found->is_null()) return {};
    if (found->is_string()) return found->get<std::string>();
    for (const auto& named : *found)
      if (named.at("name") == "default") return named.at("template").get<std::string>();
    return {};
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::kData, std::string("not a valid tokenizer configuration: ") + e.what(),
                "fetch the model again", {.file = config.string()});
  }
}

}  // namespace genre
