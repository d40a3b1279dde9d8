#include "genre/track/file_name.h"

namespace genre {

std::string safe_file_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  constexpr std::size_t kLongest = 100;
  std::string out(name.substr(0, kLongest));
  for (char& c : out)
    if (kAllowed.find(c) == std::string_view::npos) c = '-';
  if (out.empty()) return "unnamed";
  if (out.front() == '.') out.front() = '-';
  return out;
}

}  // namespace genre
