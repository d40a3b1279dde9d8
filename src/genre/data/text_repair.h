// Texts that came through the wrong program, made whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace genre {

// What is repaired; each by itself, in this order.
struct TextRepair {
  bool entities = false;  // "&amp;", "&#233;", "&#xE9;": HTML 4.01's names and numbers, once ("&amp;lt;" gives "&lt;")
  bool mojibake = false;  // UTF-8 that was read as Windows-1252 or latin-1, also twice: where the whole text's
                          // bytes are UTF-8 with a character beyond ASCII, "CafÃ©" gives "Café"
  bool controls = false;  // control and invisible characters go, tabs and line ends become spaces; the joiners that
                          // scripts and emoji need stay

  TextRepair() = default;
  // Of the configuration's names; throws Error(kConfig) for another, with the nearest.
  explicit TextRepair(const std::vector<std::string>& names);

  bool any() const { return entities || mojibake || controls; }
  // `text` is UTF-8, and so is what comes out.
  std::string apply(std::string_view text) const;
};

}  // namespace genre
