#include "genre/text/text_normalizer.h"

#include <algorithm>

#include "genre/text/unicode.h"

namespace genre {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// A character and how the count of old characters changed there: 1 for a new one, -n before n that are gone.
struct Change {
  char32_t c;
  int change;
};

// Characters decomposed and in canonical order.
std::vector<Change> decomposed(std::string_view text) {
  struct Mark {
    int combining;
    Change change;
  };
  std::vector<Change> out;
  std::vector<Mark> marks;
  const auto flush = [&] {
    std::ranges::stable_sort(marks, {}, &Mark::combining);
    for (const Mark& mark : marks) out.push_back(mark.change);
    marks.clear();
  };
  out.reserve(text.size());
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    char32_t parts[unicode::kMaxDecomposition];
    const int length = unicode::decompose(unicode::decode(at, end), parts);
    for (int i = 0; i < length; ++i) {
      const Change change{parts[i], i > 0};
      const int combining = unicode::combining_class(parts[i]);
      if (combining == 0) {
        flush();
        out.push_back(change);
      } else {
        marks.push_back({combining, change});
      }
    }
  }
  flush();
  return out;
}

// Composes in place, as the Unicode standard's section 3.11 says.
void compose(std::vector<Change>& text) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t starter = kNone, to = 0;
  int last_class = 0;  // of the last mark kept behind the starter; 0: none
  bool adjacent = true;
  for (const Change next : text) {
    const int combining = unicode::combining_class(next.c);
    if (starter != kNone && (adjacent || (combining != 0 && last_class < combining))) {
      if (const char32_t both = unicode::compose(text[starter].c, next.c)) {
        text[starter] = {both, text[starter].change + next.change - 1};
        continue;
      }
    }
    if (combining == 0) {
      starter = to;
      adjacent = true;
      last_class = 0;
    } else {
      adjacent = false;
      last_class = combining;
    }
    text[to++] = next;
  }
  text.resize(to);
}

void replace(TracedText& text, const std::vector<Change>& changes) {
  TextRewriter rewriter(text);
  for (const auto& [c, change] : changes) rewriter.write(c, change > 0 ? 0 : static_cast<std::size_t>(1 - change));
  rewriter.finish();
}

class CanonicalForm final : public TextNormalizer {
 public:
  explicit CanonicalForm(bool composed) : composed_(composed) {}
  void apply(TracedText& text) const override {
    if (is_ascii(text.text())) return;
    std::vector<Change> changes = decomposed(text.text());
    if (composed_) compose(changes);
    replace(text, changes);
  }

 private:
  bool composed_;
};

// Calls write(rewriter, c) for each character c of the old text.
template <typename Write>
class ByCharacter final : public TextNormalizer {
 public:
  explicit ByCharacter(Write write) : write_(write) {}
  void apply(TracedText& text) const override {
    TextRewriter rewriter(text);
    const char* at = text.text().data();
    const char* const end = at + text.text().size();
    while (at != end) write_(rewriter, unicode::decode(at, end));
    rewriter.finish();
  }

 private:
  Write write_;
};

template <typename Write>
std::unique_ptr<const TextNormalizer> by_character(Write write) {
  return std::make_unique<ByCharacter<Write>>(write);
}

}  // namespace

std::unique_ptr<const TextNormalizer> make_nfc() { return std::make_unique<CanonicalForm>(/*composed=*/true); }
std::unique_ptr<const TextNormalizer> make_nfd() { return std::make_unique<CanonicalForm>(/*composed=*/false); }

std::unique_ptr<const TextNormalizer> make_lowercase() {
  return by_character([](TextRewriter& out, char32_t c) {
    std::string lower;
    unicode::append_lowercase(lower, c);
    out.write(lower, 1);
  });
}

std::unique_ptr<const TextNormalizer> make_strip_accents() {
  return by_character(
      [](TextRewriter& out, char32_t c) { unicode::is_nonspacing_mark(c) ? out.skip(1) : out.write(c, 1); });
}

std::unique_ptr<const TextNormalizer> make_clean_text() {
  return by_character([](TextRewriter& out, char32_t c) {
    if (unicode::is_removed(c)) return out.skip(1);
    out.write(unicode::is_whitespace(c) ? U' ' : c, 1);
  });
}

std::unique_ptr<const TextNormalizer> make_spaces_around_cjk() {
  return by_character([](TextRewriter& out, char32_t c) {
    if (!unicode::is_cjk(c)) return out.write(c, 1);
    out.write(U' ', 1);
    out.write(c, 0);
    out.write(U' ', 0);
  });
}

}  // namespace genre
