#include "genre/text/bert_normalizer.h"

#include <gtest/gtest.h>

#include <sstream>

#include "genre/base/file.h"
#include "genre/base/sha256.h"
#include "genre/text/unicode.h"

namespace genre {
namespace {

std::string normal(std::string_view text, const BertNormalizerOptions& options = {}) {
  std::string out;
  BertNormalizer(options).append(out, text);
  return out;
}

}  // namespace

TEST(BertNormalizer, CleansSpacesStripsAndLowers) {
  EXPECT_EQ(normal("Crème\tBRÛLÉE\u3000\u200B\u0007!"), "creme brulee !");
  EXPECT_EQ(normal("ab漢字c"), "ab 漢  字 c");
  EXPECT_EQ(normal("가"), "\u1100\u1161");
  EXPECT_EQ(normal("≠"), "=");
  EXPECT_EQ(normal("İI"), "ii");
}

TEST(BertNormalizer, OptionsAreIndependent) {
  EXPECT_EQ(
      normal("É\t漢", {.clean_text = false, .handle_chinese_chars = false, .strip_accents = false, .lowercase = true}),
      "é\t漢");
  EXPECT_EQ(normal("É", {.strip_accents = true, .lowercase = false}), "E");
  EXPECT_EQ(normal("İ", {.strip_accents = false, .lowercase = true}), "i\u0307");
}

TEST(BertNormalizer, AppendsBehindWhatIsThere) {
  std::string out = "kept ";
  BertNormalizer({}).append(out, "Ünd");
  EXPECT_EQ(out, "kept und");
}

// All 1,112,064 code points under three settings, against digests of what the reference makes of them.
TEST(BertNormalizer, EveryCodePointAgreesWithTheReference) {
  const BertNormalizer forms[] = {
      BertNormalizer({}), BertNormalizer({.strip_accents = false}),
      BertNormalizer({.clean_text = false, .handle_chinese_chars = false, .strip_accents = true, .lowercase = false})};
  std::istringstream golden(read_file(GENRE_SOURCE_DIR "/tests/golden/bert_normalizer.txt"));
  std::string header, start, wanted;
  std::getline(golden, header);
  int blocks = 0;
  while (golden >> start >> wanted) {
    const char32_t first = std::stoul(start, nullptr, 16);
    std::string lines;
    for (char32_t c = first; c < first + 4096; ++c) {
      if (c >= 0xD800 && c <= 0xDFFF) continue;
      std::string text = "a";
      unicode::append(text, c);
      text += 'b';
      if (c > first) lines += '\n';
      for (const auto& form : forms) {
        form.append(lines, text);
        lines += '|';
      }
      lines += unicode::is_whitespace(c) ? '2' : unicode::is_punctuation(c) ? '3' : '1';
    }
    EXPECT_EQ(sha256_hex(lines).substr(0, 16), wanted) << "block U+" << start;
    ++blocks;
  }
  EXPECT_EQ(blocks, 272);
}

}  // namespace genre
