// What the verbs that run a decoder share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "genre/lm/decoder.h"
#include "genre/text/chat_template.h"
#include "lm_verbs.h"

namespace genre::app {

struct DecoderArguments {
  std::string model = "SmolLM2-135M-Instruct";
  std::string precision = "native";
  std::string adapter;  // folder of an adapter beside the weights; or none
  bool chat = false;
  std::string system;  // with chat

  // --model, --precision, --adapter, --chat, --system
  void add_options(CLI::App& verb);
};

// A decoder with the form that its prompts take.
class PromptedDecoder {
 public:
  // Throws as Decoder, resolve_model and read_chat_template.
  explicit PromptedDecoder(const DecoderArguments& arguments);
  std::vector<std::int32_t> prompt_ids(std::string_view text) const;

  const Decoder decoder;

 private:
  PromptedDecoder(const std::filesystem::path& path, const DecoderArguments& arguments);

  std::optional<ChatTemplate> chat_;
  std::string system_;
};

// Calls body(line, number) for each line of a file, or of standard input for "-"; an Error without a place gets the
// file and the number. Throws Error(kNotFound).
void for_each_line(const std::string& path, const std::function<void(const std::string&, std::int64_t)>& body);

// A line of JSON lines. Throws Error(kData) unless it is an object with these names only; the first is required.
nlohmann::json parse_record(const std::string& line, std::initializer_list<std::string_view> names);

}  // namespace genre::app
