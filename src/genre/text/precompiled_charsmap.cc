#include "genre/text/precompiled_charsmap.h"

#include <optional>

#include "genre/base/error.h"
#include "genre/text/unicode.h"

namespace genre {
namespace {

std::uint32_t read_u32(std::string_view bytes) {
  std::uint32_t out = 0;
  for (std::size_t i = 4; i-- > 0;) out = out << 8 | static_cast<unsigned char>(bytes[i]);
  return out;
}

class PrecompiledCharsmap final : public TextNormalizer {
 public:
  explicit PrecompiledCharsmap(std::string_view rules) {
    const auto refuse = [](const char* fault) {
      throw Error(ErrorCode::kData, std::string("precompiled_charsmap ") + fault, "fetch the model again");
    };
    if (rules.size() < 4) refuse("has no size of its trie");
    const std::size_t size = read_u32(rules);
    rules.remove_prefix(4);
    if (size > rules.size() || size % 4 != 0 || size == 0) refuse("is shorter than its trie");
    for (std::size_t at = 0; at < size; at += 4) trie_.push_back(read_u32(rules.substr(at)));
    texts_ = rules.substr(size);
    if (!unicode::is_well_formed(texts_)) refuse("holds ill-formed UTF-8");
  }

  void apply(TracedText& text) const override {
    std::vector<CharacterChange> changes;
    bool changed = false;
    const auto replaced = [&](std::string_view part) {
      const auto by = find(part);
      if (by) append(changes, part, *by);
      changed = changed || by;
      return by.has_value();
    };
    const char* at = text.text().data();
    const char* const end = at + text.text().size();
    while (at != end) {
      constexpr std::size_t kLongestTogether = 5;
      const std::string_view cluster(at, cluster_end(at, end));
      at += cluster.size();
      if (cluster.size() <= kLongestTogether && replaced(cluster)) continue;
      for (const char *c = cluster.data(), *const last = c + cluster.size(); c != last;) {
        const char* const begin = c;
        const char32_t character = unicode::decode(c, last);
        if (!replaced({begin, static_cast<std::size_t>(c - begin)})) changes.push_back({character, 0});
      }
    }
    if (changed) rewrite(text, changes);
  }

 private:
  static const char* cluster_end(const char* at, const char* end) {
    int state = 0;
    char32_t before = unicode::decode(at, end);
    while (at != end) {
      const char* next = at;
      const char32_t behind = unicode::decode(next, end);
      if (unicode::is_grapheme_break(before, behind, state)) break;
      before = behind;
      at = next;
    }
    return at;
  }

  // What the shortest rule that the part begins with makes of it. Units are those of Darts-clone.
  std::optional<std::string_view> find(std::string_view part) const {
    const auto offset = [](std::uint32_t unit) { return (unit >> 10) << ((unit & 0x200) >> 6); };
    std::size_t at = offset(trie_[0]);
    for (const char c : part) {
      const auto byte = static_cast<unsigned char>(c);
      at ^= byte;
      if (byte == 0 || at >= trie_.size() || (trie_[at] & 0x800000FF) != byte) return std::nullopt;
      const bool is_key = (trie_[at] & 0x100) != 0;
      at ^= offset(trie_[at]);
      if (!is_key) continue;
      if (at >= trie_.size()) return std::nullopt;
      const std::size_t begin = trie_[at] & 0x7FFFFFFF;
      if (begin >= texts_.size() || (static_cast<unsigned char>(texts_[begin]) & 0xC0) == 0x80) return std::nullopt;
      return std::string_view(texts_).substr(begin, texts_.find('\0', begin) - begin);
    }
    return std::nullopt;
  }

  // As the reference counts: what is longer ends in new characters, what is shorter takes the rest from its last one.
  static void append(std::vector<CharacterChange>& changes, std::string_view old, std::string_view by) {
    const char* at = by.data();
    while (at != by.data() + by.size()) changes.push_back({unicode::decode(at, by.data() + by.size()), 0});
    const auto longer = static_cast<int>(unicode::count(by)) - static_cast<int>(unicode::count(old));
    for (int i = 0; i < longer; ++i) changes[changes.size() - 1 - static_cast<std::size_t>(i)].change = 1;
    if (longer < 0 && !changes.empty()) changes.back().change += longer;
  }

  std::vector<std::uint32_t> trie_;
  std::string texts_;
};

}  // namespace

std::unique_ptr<const TextNormalizer> make_precompiled_charsmap(const std::string& rules) {
  return std::make_unique<PrecompiledCharsmap>(rules);
}

}  // namespace genre
