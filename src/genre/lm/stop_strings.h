// Stop strings in text that arrives in pieces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace genre {

class StopStrings {
 public:
  // Throws Error(kUsage) for an empty one.
  explicit StopStrings(std::vector<std::string> strings);

  // The text that is certain not to belong to a stop string; what might begin one is held back. Once a stop string is
  // complete, the text before it is released and found() is true; later pieces are ignored. Of several the one that
  // begins first counts, of those the shortest.
  std::string push(std::string_view piece);
  bool found() const { return found_; }
  // The rest at the end of the text, up to a stop string in it.
  std::string finish();

 private:
  std::string release(bool text_ended);

  std::vector<std::string> strings_;
  std::string held_;
  bool found_ = false;
};

}  // namespace genre
