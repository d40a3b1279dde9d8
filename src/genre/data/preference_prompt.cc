#include "genre/data/preference_prompt.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {
namespace {

constexpr std::string_view kPromptKey = "model.prompt", kBetweenItems = "; ";
const std::vector<std::string> kPromptFields = {"history", "disliked", "words", "candidate"};

constexpr std::string_view kYesOrNoPrompt =
    "A person liked these, the newest first: {history}\n"
    "They did not like these: {disliked}\n"
    "They are looking for: {words}\n"
    "Would they also like this one: {candidate}\n"
    "Answer yes or no.";
constexpr std::string_view kTextPrompt =
    "A person liked these, the newest first: {history}\n"
    "They are looking for: {words}\n"
    "Which one would they like next? Answer with its name alone.";

[[noreturn]] void refuse_prompt(const std::string& fault, const std::string& hint) {
  throw Error(ErrorCode::kConfig, fault, hint, {.key = std::string(kPromptKey)});
}

void check_fields(const std::set<std::string>& named, PreferenceAnswer answer) {
  for (const std::string& name : named)
    if (std::ranges::find(kPromptFields, name) == kPromptFields.end()) {
      const auto nearest = nearest_name(name, kPromptFields);
      refuse_prompt(fmt::format("a prompt has no field '{}'", name),
                    nearest ? fmt::format("did you mean '{{{}}}'?", *nearest)
                            : "the fields are {history}, {disliked}, {words} and {candidate}");
    }
  if (!named.contains("history")) refuse_prompt("the prompt does not say what somebody liked", "add {history} to it");
  const bool asks = answer == PreferenceAnswer::kYesOrNo;
  if (asks && !named.contains("candidate"))
    refuse_prompt("the prompt does not name the item that is asked about", "add {candidate} to it");
  if (!asks && named.contains("candidate"))
    refuse_prompt("the prompt names the item that is to be the answer", "take {candidate} out of it");
}

}  // namespace

PreferencePrompt::PreferencePrompt(PreferenceAnswer answer, std::string_view lines) : answer_(answer) {
  if (lines.empty()) lines = answer == PreferenceAnswer::kYesOrNo ? kYesOrNoPrompt : kTextPrompt;
  while (lines.ends_with('\n')) lines.remove_suffix(1);
  std::set<std::string> named;
  for (std::size_t begin = 0; begin <= lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    const std::string_view line = lines.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_of("{}") == std::string_view::npos) {
      lines_.push_back({std::string(line), {}});
      continue;
    }
    lines_.push_back({"", {TextTemplate(line, kPromptKey)}});
    const auto& names = lines_.back().fields.front().field_names();
    named.insert(names.begin(), names.end());
  }
  check_fields(named, answer);
  tells_disliked_ = named.contains("disliked");
}

std::string PreferencePrompt::write(const ToldHistory& history, std::string_view words,
                                    std::string_view candidate) const {
  const std::string liked = fmt::format("{}", fmt::join(history.liked, kBetweenItems)),
                    disliked = fmt::format("{}", fmt::join(history.disliked, kBetweenItems));
  const auto field = [&](const std::string& name) -> std::string_view {
    if (name == "history") return liked;
    if (name == "disliked") return disliked;
    return name == "words" ? words : candidate;
  };
  std::string out;
  for (const Line& line : lines_) {
    const std::string filled = line.fields.empty() ? line.literal : line.fields.front().fill(field);
    if (filled.empty() && !line.fields.empty()) continue;
    if (!out.empty()) out += '\n';
    out += filled;
  }
  return out;
}

}  // namespace genre
