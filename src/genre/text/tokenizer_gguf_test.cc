#include "genre/text/tokenizer_gguf.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/text/byte_level.h"
#include "genre/text/token_stream.h"
#include "genre/text/unicode.h"

namespace genre {
namespace {

using Ids = std::vector<std::int32_t>;

// Ids 0 to 255 are the bytes; then "he", "hel", " w", the control token <|end|> and the user-defined token <tool>.
GgufVocabulary small() {
  GgufVocabulary file{.model = "gpt2", .pre = "smollm"};
  for (unsigned byte = 0; byte < 256; ++byte)
    unicode::append(file.tokens.emplace_back(), byte_character(static_cast<unsigned char>(byte)));
  for (const char* token : {"he", "hel", "\u0120w", "<|end|>", "<tool>"}) file.tokens.emplace_back(token);
  file.token_types.assign(256 + 3, 1);
  file.token_types.insert(file.token_types.end(), {3, 4});
  file.merges = {"h e", "he l", "\u0120 w"};
  return file;
}

}  // namespace

TEST(TokenizerGguf, WordPieceHasItsMarksAtTheStartOfWords) {
  GgufVocabulary file{.model = "bert"};
  file.tokens = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "\u2581red", "\u2581ro", "bot", "\u2581!", "\u2581["};
  const auto tokenizer = make_tokenizer(file);
  EXPECT_EQ(tokenizer->encode("Red Robot! [ x", 0), (Ids{2, 5, 6, 7, 8, 9, 1, 3}));
  EXPECT_EQ(tokenizer->encode_pair("red", "robot", 0).segments, (Ids{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(tokenizer->find("##bot"), 7);
  EXPECT_EQ(tokenizer->decode(Ids{2, 6, 7, 8}), "robot!");
  EXPECT_TRUE(tokenizer->is_special(4));
  file.class_token = 99;
  EXPECT_THROW(make_tokenizer(file), Error);
  file.class_token = 4;
  EXPECT_EQ(make_tokenizer(file)->encode("red", 0), (Ids{4, 5, 3}));
  file.tokens[5] = "\u2581ro";
  EXPECT_THROW(make_tokenizer(file), Error);
}

TEST(TokenizerGguf, ByteLevelTokensMergeAndDecode) {
  const auto tokenizer = make_tokenizer(small());
  EXPECT_EQ(tokenizer->vocabulary_size(), 261);
  EXPECT_EQ(tokenizer->encode("hello w12", 0), (Ids{257, 'l', 'o', 258, '1', '2'}));
  EXPECT_EQ(tokenizer->encode("h<|end|><tool>", 0), (Ids{'h', 259, 260}));
  EXPECT_EQ(tokenizer->decode(Ids{257, 'l', 'o', 258, 259, 260, 0xE2, 0x82}), "hello w<tool>\uFFFD");
  EXPECT_EQ(tokenizer->decode(Ids{259, -1, 261, 1 << 30}, Tokenizer::Special::kKeep), "<|end|>");
  EXPECT_EQ(tokenizer->find("\u0120w"), 258);
  EXPECT_EQ(tokenizer->find(" w"), std::nullopt);
  EXPECT_TRUE(tokenizer->is_special(259));
  EXPECT_FALSE(tokenizer->is_special(260));
}

TEST(TokenizerGguf, SpecialTokensInUntrustedTextStayText) {
  const auto tokenizer = make_tokenizer(small());
  EXPECT_EQ(tokenizer->encode_plain("<|end|>"), (Ids{'<', '|', 'e', 'n', 'd', '|', '>'}));
  EXPECT_EQ(tokenizer->encode_plain("<tool>"), (Ids{260}));
}

TEST(TokenizerGguf, TokensAroundATextAreThoseThatTheFileAsksFor) {
  GgufVocabulary file = small();
  file.begin_token = 259;
  file.adds_begin = true;
  EXPECT_EQ(make_tokenizer(file)->encode("h", 0), (Ids{259, 'h'}));
  file.pre = "llama-bpe";
  file.adds_begin.reset();
  EXPECT_EQ(make_tokenizer(file)->encode("h", 0), (Ids{259, 'h'}));
  EXPECT_THROW(make_tokenizer(file)->encode_pair("h", "h", 0), Error);
}

TEST(TokenizerGguf, DamagedMetadataIsRefused) {
  const auto refused = [](auto damage) {
    GgufVocabulary file = small();
    damage(file);
    EXPECT_THROW(make_tokenizer(file), Error);
  };
  refused([](GgufVocabulary& file) { file.model = "rwkv"; });
  refused([](GgufVocabulary& file) { file.pre = "tekken"; });
  refused([](GgufVocabulary& file) { file.tokens[5] = file.tokens[6]; });
  refused([](GgufVocabulary& file) { file.tokens[258] = "x w"; });
  refused([](GgufVocabulary& file) { file.token_types.pop_back(); });
  refused([](GgufVocabulary& file) { file.merges[0] = "he"; });
  refused([](GgufVocabulary& file) { file.adds_begin = true; });
  refused([](GgufVocabulary& file) { file.adds_end = true, file.end_token = 261; });
  refused([](GgufVocabulary& file) { file.tokens[259].clear(); });
}

TEST(TokenStream, GivesWholeCharactersOnly) {
  const auto tokenizer = make_tokenizer(small());
  TokenStream stream(*tokenizer);
  EXPECT_EQ(stream.push(0xE2), "");
  EXPECT_EQ(stream.push(0x82), "");
  EXPECT_EQ(stream.push(0xAC), "\u20AC");
  EXPECT_EQ(stream.push(0xE2), "");
  EXPECT_EQ(stream.push('a'), "\uFFFDa");
  EXPECT_EQ(stream.push(0xC0), "\uFFFD");
  EXPECT_EQ(stream.push(259), "");
  EXPECT_EQ(stream.push(258), " w");
  EXPECT_EQ(stream.push(0xF0), "");
  EXPECT_EQ(stream.finish(), "\uFFFD");
  EXPECT_EQ(stream.finish(), "");
}

TEST(TokenStream, GivesTheDecodedTextWhereverItIsCut) {
  const auto tokenizer = make_tokenizer(small());
  const Ids ids = tokenizer->encode("hel \u00E9\u20AC\U0001F600 \xFF\xE2\x82 \xF0\x9F\x98", 0);
  std::string out;
  TokenStream stream(*tokenizer);
  for (const std::int32_t id : ids) {
    const std::string part = stream.push(id);
    EXPECT_TRUE(unicode::is_well_formed(part));
    out += part;
  }
  EXPECT_EQ(out + stream.finish(), tokenizer->decode(ids));
}

}  // namespace genre
