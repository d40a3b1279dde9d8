#include "lm_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "genre/lm/adapter_folder.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/prompt.h"

namespace genre::app {

void DecoderArguments::add_options(CLI::App& verb) {
  add_model_option(verb, model);
  verb.add_option("--precision", precision, "native: products in the blocks of the file; fp32: the reference")
      ->check(CLI::IsMember({"native", "fp32"}))
      ->capture_default_str();
  add_adapter_option(verb, adapter);
  auto* const asked =
      verb.add_flag("--chat", chat, "the prompt is what a user says: it goes into the model's chat template");
  verb.add_option("--system", system, "what the model is told before the user speaks, else the template's default")
      ->needs(asked);
}

namespace {

Decoder load(const std::filesystem::path& path, const DecoderArguments& arguments) {
  Decoder base(path, arguments.precision == "fp32" ? DecoderPrecision::kFp32 : DecoderPrecision::kNative);
  return arguments.adapter.empty() ? std::move(base) : base.with_adapter(find_adapter(path, arguments.adapter));
}

}  // namespace

PromptedDecoder::PromptedDecoder(const DecoderArguments& arguments)
    : PromptedDecoder(resolve_model(arguments.model), arguments) {}

PromptedDecoder::PromptedDecoder(const std::filesystem::path& path, const DecoderArguments& arguments)
    : decoder(load(path, arguments)), system_(arguments.system) {
  if (arguments.chat) chat_ = read_chat_template(path);
}

std::vector<std::int32_t> PromptedDecoder::prompt_ids(std::string_view text) const {
  return chat_ ? chat_prompt(decoder.tokenizer(), *chat_, system_, text)
               : text_prompt(decoder.tokenizer(), decoder.config().begin_token, text);
}

void for_each_line(const std::string& path, const std::function<void(const std::string&, std::int64_t)>& body) {
  std::ifstream file;
  if (path != "-") {
    file.open(path);
    if (!file)
      throw Error(ErrorCode::kNotFound, "cannot read the input", "name a file, or - for standard input",
                  {.file = path});
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    try {
      body(line, ++number);
    } catch (const Error& error) {
      if (error.place().line > 0 || error.code() == ErrorCode::kInterrupted) throw;
      throw Error(error.code(), error.message(), error.hint(),
                  {.file = path, .line = number, .key = error.place().key});
    }
  }
}

nlohmann::json parse_record(const std::string& line, std::initializer_list<std::string_view> names) {
  auto record = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!record.is_object())
    throw Error(ErrorCode::kData, fmt::format("the line is not a JSON object with \"{}\"", *names.begin()));
  for (const auto& [name, value] : record.items())
    if (std::ranges::find(names, name) == names.end())
      throw Error(ErrorCode::kData, fmt::format("there is no field \"{}\"", name),
                  fmt::format("the fields are {}", fmt::join(names, ", ")));
  if (!record.contains(*names.begin()))
    throw Error(ErrorCode::kData, fmt::format("the field \"{}\" is missing", *names.begin()));
  return record;
}

}  // namespace genre::app
