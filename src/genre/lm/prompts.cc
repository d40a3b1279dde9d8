#include "genre/lm/prompts.h"

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {
namespace {

std::string automatic_prompt(const SentenceConfig& config, TextRole role) {
  static const std::vector<std::string> kItemNames = {"document", "passage", "corpus"}, kQueryNames = {"query"};
  for (const std::string& name : role == TextRole::kItem ? kItemNames : kQueryNames) {
    const auto found = config.prompts.find(name);
    if (found != config.prompts.end()) return found->second;
  }
  return config.default_prompt.empty() ? "" : config.prompts.at(config.default_prompt);
}

}  // namespace

std::string resolve_prompt(const SentenceConfig& config, const LmOptions& options, TextRole role) {
  const std::string& choice = role == TextRole::kItem ? options.item_prompt : options.query_prompt;
  constexpr std::string_view kText = "text:";
  if (choice == "auto") return automatic_prompt(config, role);
  if (choice == "none") return "";
  if (choice.starts_with(kText)) return choice.substr(kText.size());
  const auto found = config.prompts.find(choice);
  if (found != config.prompts.end()) return found->second;
  std::vector<std::string> names = {"auto", "none"};
  for (const auto& [name, unused] : config.prompts) names.push_back(name);
  const auto nearest = nearest_name(choice, names);
  throw Error(ErrorCode::kConfig, "the model has no prompt '" + choice + "'",
              (nearest ? "nearest name: " + *nearest + "; " : "") + "a prompt of your own is written text:WORDS",
              {.key = role == TextRole::kItem ? "lm.item_prompt" : "lm.query_prompt"});
}

}  // namespace genre
