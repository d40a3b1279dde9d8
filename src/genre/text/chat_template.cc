#include "genre/text/chat_template.h"

#include <algorithm>
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

std::string_view trimmed(std::string_view text, std::string_view spaces = " \t\n\r\f\v") {
  const std::size_t begin = text.find_first_not_of(spaces);
  return begin == std::string_view::npos ? std::string_view()
                                         : text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

// What a literal of the template says behind `start`, to the end of its line; nothing where `start` is not there.
std::string literal_line(std::string_view jinja, std::string_view start) {
  const std::size_t found = jinja.find(start);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = jinja.substr(found + start.size());
  return std::string(rest.substr(0, rest.find_first_of("\n\\'\"")));
}

// What Llama 3.1 and later put before the system message. The date is the one that the template spells out, so that a
// conversation has the same ids every day.
std::string dated_preamble(std::string_view jinja) {
  const std::string knowledge = literal_line(jinja, "Cutting Knowledge Date: "),
                    today = literal_line(jinja, "date_string = \"");
  if (knowledge.empty() || today.empty()) return {};
  return "Cutting Knowledge Date: " + knowledge + "\nToday Date: " + today + "\n\n";
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
  // A token that only some tokenizers have, as text in others.
  void token_or_text(std::string_view name) {
    if (tokenizer_.find(name))
      token(name);
    else
      text(name);
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

// The place of the last message of a user; the last message where there is none.
std::size_t last_question(std::span<const ChatMessage> messages) {
  for (std::size_t i = messages.size(); i-- > 0;)
    if (messages[i].role == "user") return i;
  return messages.size() - 1;
}

void begin_chat_ml(Writer& out, std::string_view role) {
  out.token("<|im_start|>");
  out.text(role);
  out.text("\n");
}

void end_chat_ml(Writer& out) {
  out.token("<|im_end|>");
  out.text("\n");
}

void write_chat_ml(Writer& out, std::string_view role, std::string_view content) {
  begin_chat_ml(out, role);
  out.text(content);
  end_chat_ml(out);
}

// An answer of a model that reasons between <think> and </think> first. Reasoning behind the last question stays, even
// where there is none; that of earlier answers is left out.
void write_reasoned_answer(Writer& out, std::string_view content, bool behind_last_question) {
  constexpr std::string_view kBegin = "<think>", kEnd = "</think>", kLine = "\n";
  std::string_view reasoning, answer = content;
  if (contains(content, kEnd)) {
    answer = content.substr(content.rfind(kEnd) + kEnd.size());
    reasoning = content.substr(0, content.find(kEnd));
    if (contains(reasoning, kBegin)) reasoning.remove_prefix(reasoning.rfind(kBegin) + kBegin.size());
    reasoning = trimmed(reasoning, kLine);
    answer.remove_prefix(std::min(answer.find_first_not_of('\n'), answer.size()));
  }
  begin_chat_ml(out, "assistant");
  if (behind_last_question) {
    out.token_or_text(kBegin);
    out.text("\n");
    out.text(reasoning);
    out.text("\n");
    out.token_or_text(kEnd);
    out.text("\n\n");
    answer.remove_prefix(std::min(answer.find_first_not_of('\n'), answer.size()));
  }
  out.text(answer);
  end_chat_ml(out);
}

void write_llama3_header(Writer& out, std::string_view role) {
  out.token("<|start_header_id|>");
  out.text(role);
  out.token("<|end_header_id|>");
  out.text("\n\n");
}

void write_llama3(Writer& out, std::string_view role, std::string_view preamble, std::string_view content) {
  write_llama3_header(out, role);
  out.text(preamble);
  out.text(trimmed(content));
  out.token("<|eot_id|>");
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
    reasons_ = contains(jinja, "reasoning_content") && contains(jinja, "</think>");
  } else if (contains(jinja, "<|start_header_id|>") &&
             contains(jinja, "Knowledge Date") == !dated_preamble(jinja).empty()) {
    form_ = Form::kLlama3;
    preamble_ = dated_preamble(jinja);
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
      for (std::size_t i = 0; i < messages.size(); ++i) {
        if (reasons_ && messages[i].role == "assistant")
          write_reasoned_answer(out, messages[i].content, i > last_question(messages));
        else
          write_chat_ml(out, messages[i].role, messages[i].content);
      }
      if (answer_follows) begin_chat_ml(out, "assistant");
      break;
    case Form::kLlama3:
      out.token("<|begin_of_text|>");
      if (!preamble_.empty() && (messages.empty() || messages[0].role != "system"))
        write_llama3(out, "system", preamble_, "");
      for (const ChatMessage& message : messages)
        write_llama3(out, message.role, message.role == "system" ? preamble_ : "", message.content);
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
