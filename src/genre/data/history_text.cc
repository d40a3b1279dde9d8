#include "genre/data/history_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {
namespace {

const std::vector<std::string> kFields = {"event", "item", "value", "when"};

std::string event_in_words(const std::string& type, float value) {
  static const std::map<std::string, std::string> kVerbs = {{"view", "viewed"},          {"click", "clicked"},
                                                            {"purchase", "bought"},      {"rating", "rated"},
                                                            {"comment", "commented on"}, {"share", "shared"}};
  const auto verb = kVerbs.find(type);
  const std::string words = verb == kVerbs.end() ? type : verb->second;
  return type == "rating" ? fmt::format("{} {:g}", words, value) : words;
}

std::int64_t words_in(std::string_view text) {
  std::int64_t count = 0;
  bool inside = false;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    count += !blank && !inside;
    inside = !blank;
  }
  return count;
}

}  // namespace

std::string duration_in_words(std::int64_t milliseconds) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  constexpr Unit kUnits[] = {{365 * 86400, "year"}, {30 * 86400, "month"}, {86400, "day"},
                             {3600, "hour"},        {60, "minute"},        {1, "second"}};
  const std::int64_t seconds = milliseconds / 1000;
  for (const auto& unit : kUnits)
    if (const std::int64_t count = seconds / unit.seconds; count > 0)
      return fmt::format("{} {}{}", count, unit.name, count == 1 ? "" : "s");
  return {};
}

HistoryWriter::HistoryWriter(const Dataset& dataset, std::span<const std::string> texts, HistoryTextOptions options)
    : dataset_(dataset), texts_(texts), options_(std::move(options)), event_(options_.event, "event") {
  for (const auto& name : event_.field_names()) {
    if (std::find(kFields.begin(), kFields.end(), name) != kFields.end()) continue;
    const auto nearest = nearest_name(name, kFields);
    throw Error(ErrorCode::kConfig, fmt::format("an event has no field '{}'", name),
                nearest ? fmt::format("did you mean '{{{}}}'?", *nearest)
                        : "the fields are {event}, {item}, {value} and {when}",
                {.file = {}, .line = 0, .key = "event"});
  }
}

std::string HistoryWriter::phrase(std::int64_t row, std::int64_t newest) const {
  const Interactions& all = dataset_.interactions;
  const std::string when = dataset_.has_time ? duration_in_words(newest - all.time[row]) : "";
  const std::map<std::string, std::string, std::less<>> fields = {
      {"event", event_in_words(dataset_.types[all.type[row]], all.value[row])},
      {"item", texts_[static_cast<std::size_t>(all.item[row])]},
      {"value", fmt::format("{:g}", all.value[row])},
      {"when", when.empty() ? "" : when + " earlier"}};
  return event_.fill([&](const std::string& name) -> std::string_view { return fields.at(name); });
}

std::string HistoryWriter::join(std::span<const std::string> newest_first) const {
  std::string out;
  const std::size_t size = newest_first.size();
  for (std::size_t i = 0; i < size; ++i)
    out += (i == 0 ? "" : options_.separator) + newest_first[options_.newest_first ? i : size - 1 - i];
  return out;
}

// How many of the newest phrases fit. Their tokens do not add up (a separator may join its neighbours), so whole texts
// are counted: of twice as many phrases until one is too long, then by halving.
std::size_t HistoryWriter::within_tokens(std::span<const std::string> newest_first) const {
  const auto fits = [&](std::size_t count) {
    return options_.count_tokens(join(newest_first.first(count))) <= options_.maximum_tokens;
  };
  std::size_t good = 0, bad = newest_first.size() + 1;
  for (std::size_t count = 1; good < newest_first.size() && bad > newest_first.size(); count *= 2) {
    const std::size_t tried = std::min(count, newest_first.size());
    (fits(tried) ? good : bad) = tried;
  }
  while (bad - good > 1) {
    const std::size_t middle = good + (bad - good) / 2;
    (fits(middle) ? good : bad) = middle;
  }
  return good;
}

HistoryText HistoryWriter::write(std::int32_t user, unsigned parts) const {
  const Interactions& all = dataset_.interactions;
  const auto [first, last] = std::equal_range(all.user.begin(), all.user.end(), user);
  std::vector<std::string> phrases;
  HistoryText out;
  std::int64_t newest = 0, words = 0;
  for (auto at = last; at != first && static_cast<int>(phrases.size()) < options_.maximum_events;) {
    const auto row = --at - all.user.begin();
    if ((parts >> all.part[row] & 1u) == 0 || texts_[static_cast<std::size_t>(all.item[row])].empty()) continue;
    if (phrases.empty()) newest = all.time[row];
    std::string text = phrase(row, newest);
    words += words_in(text);
    if (options_.maximum_words > 0 && words > options_.maximum_words) break;
    out.items.push_back(all.item[row]);
    phrases.push_back(std::move(text));
  }
  if (options_.maximum_tokens > 0) {
    phrases.resize(within_tokens(phrases));
    out.items.resize(phrases.size());
  }
  for (const auto& text : phrases) out.words += words_in(text);
  out.text = join(phrases);
  if (options_.maximum_tokens > 0 && !phrases.empty()) out.tokens = options_.count_tokens(out.text);
  if (!options_.newest_first) std::reverse(out.items.begin(), out.items.end());
  return out;
}

}  // namespace genre
