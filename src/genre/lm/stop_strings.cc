#include "genre/lm/stop_strings.h"

#include <algorithm>
#include <utility>

#include "genre/base/error.h"

namespace genre {

StopStrings::StopStrings(std::vector<std::string> strings) : strings_(std::move(strings)) {
  for (const auto& stop : strings_)
    if (stop.empty()) throw Error(ErrorCode::kUsage, "a stop string is empty", "leave it out", {.key = "stop"});
  std::ranges::stable_sort(strings_, {}, &std::string::size);
}

std::string StopStrings::push(std::string_view piece) {
  if (found_) return {};
  held_ += piece;
  return release(/*text_ended=*/false);
}

std::string StopStrings::finish() { return found_ ? std::string() : release(/*text_ended=*/true); }

std::string StopStrings::release(bool text_ended) {
  for (std::size_t at = 0; at < held_.size(); ++at) {
    for (const std::string_view stop : strings_) {
      const std::string_view here = std::string_view(held_).substr(at, stop.size());
      if (here == stop) {
        found_ = true;
        return std::exchange(held_, {}).substr(0, at);
      }
      if (text_ended || !stop.starts_with(here)) continue;
      std::string out = held_.substr(0, at);
      held_.erase(0, at);
      return out;
    }
  }
  return std::exchange(held_, {});
}

}  // namespace genre
