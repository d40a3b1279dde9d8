// A tokenizer for tests: token b is byte b, then come a special token that ends texts and "the".
#pragma once

#include <algorithm>
#include <array>
#include <string>

#include "genre/text/tokenizer.h"

namespace genre {

class ByteTokenizer : public Tokenizer {
 public:
  static constexpr std::int32_t kEnd = 256, kThe = 257, kSize = 258;

  std::vector<std::int32_t> encode_plain(std::string_view text) const override {
    std::vector<std::int32_t> ids;
    for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
    return ids;
  }
  std::vector<std::int32_t> encode(std::string_view text, int) const override { return encode_plain(text); }
  TokenSequence encode_pair(std::string_view first, std::string_view second, int) const override {
    return {encode_plain(std::string(first) + std::string(second)), {}};
  }
  std::vector<TokenOffset> offsets(std::string_view text, int) const override {
    return std::vector<TokenOffset>(text.size());
  }
  std::string decode(std::span<const std::int32_t> ids, Special) const override {
    std::string text;
    for (const std::int32_t id : ids) text += bytes(id);
    return text;
  }
  std::string_view bytes(std::int32_t id) const override {
    static const auto all = [] {
      std::array<char, 256> out{};
      for (int b = 0; b < 256; ++b) out[static_cast<std::size_t>(b)] = static_cast<char>(b);
      return out;
    }();
    if (id == kThe) return "the";
    return id >= kEnd ? std::string_view() : std::string_view(&all[static_cast<std::size_t>(id)], 1);
  }
  std::int32_t vocabulary_size() const override { return kSize; }
  std::optional<std::int32_t> find(std::string_view token) const override {
    if (token == "the") return kThe;
    return token.size() == 1 ? std::optional<std::int32_t>(static_cast<unsigned char>(token[0])) : std::nullopt;
  }
  bool is_special(std::int32_t id) const override { return id == kEnd; }
};

}  // namespace genre
