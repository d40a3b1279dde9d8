// Text as words, for the content models that count them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace genre {

// The words of valid UTF-8 text, in order: runs of letters, digits and marks, in lower case. Latin, Greek, Cyrillic,
// Armenian and full-width letters are lowered one to one; other scripts have no case or keep it. Han, Hiragana and
// Katakana, which are written without spaces, give a word for each character. Everything else divides words; bytes that
// are no UTF-8 do too.
std::vector<std::string> words(std::string_view text);

}  // namespace genre
