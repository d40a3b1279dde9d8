#include "genre/text/text_normalizer.h"

#include <algorithm>

#include "genre/text/unicode.h"

namespace genre {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

using Changes = std::vector<CharacterChange>;

// Characters decomposed and in canonical order.
Changes decomposed(std::string_view text, bool compatibility) {
  struct Mark {
    int combining;
    CharacterChange change;
  };
  Changes out;
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
    const char32_t c = unicode::decode(at, end);
    const int length = compatibility ? unicode::decompose_compatibly(c, parts) : unicode::decompose(c, parts);
    for (int i = 0; i < length; ++i) {
      const CharacterChange change{parts[i], i > 0};
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
void compose(Changes& text) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t starter = kNone, to = 0;
  int last_class = 0;  // of the last mark kept behind the starter; 0: none
  bool adjacent = true;
  for (const CharacterChange next : text) {
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

class NormalForm final : public TextNormalizer {
 public:
  explicit NormalForm(UnicodeForm form)
      : composed_(form == UnicodeForm::kNfc || form == UnicodeForm::kNfkc),
        compatible_(form == UnicodeForm::kNfkc || form == UnicodeForm::kNfkd) {}
  void apply(TracedText& text) const override {
    if (is_ascii(text.text())) return;
    Changes changes = decomposed(text.text(), compatible_);
    if (composed_) compose(changes);
    rewrite(text, changes);
  }

 private:
  bool composed_, compatible_;
};

class Replace final : public TextNormalizer {
 public:
  Replace(std::string pattern, std::string content, bool runs)
      : pattern_(std::move(pattern)), content_(std::move(content)), runs_(runs) {}
  void apply(TracedText& text) const override {
    const std::string& old = text.text();
    if (old.find(pattern_) == std::string::npos) return;
    TextRewriter rewriter(text);
    for (std::size_t done = 0; done < old.size();) {
      const std::size_t begin = std::min(old.find(pattern_, done), old.size());
      rewriter.copy(std::string_view(old).substr(done, begin - done));
      if (begin == old.size()) break;
      std::size_t end = begin + pattern_.size();
      while (runs_ && end < old.size() && old[end] == pattern_.back()) ++end;
      rewriter.skip(unicode::count(std::string_view(old).substr(begin, end - begin)));
      rewriter.write(content_, 0);
      done = end;
    }
    rewriter.finish();
  }

 private:
  std::string pattern_, content_;
  bool runs_;
};

class Prepend final : public TextNormalizer {
 public:
  explicit Prepend(std::string content) : content_(std::move(content)) {}
  void apply(TracedText& text) const override { prepend(text, content_); }

 private:
  std::string content_;
};

class Strip final : public TextNormalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  void apply(TracedText& text) const override {
    const std::string& old = text.text();
    const std::size_t begin = left_ ? unicode::spaces_end(old, 0) : 0;
    const std::size_t end = right_ ? unicode::spaces_begin(old, begin, old.size()) : old.size();
    if (begin == 0 && end == old.size()) return;
    TextRewriter rewriter(text);
    rewriter.skip(unicode::count(std::string_view(old).substr(0, begin)));
    rewriter.copy(std::string_view(old).substr(begin, end - begin));
    rewriter.finish();
  }

 private:
  bool left_, right_;
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

std::unique_ptr<const TextNormalizer> make_unicode_form(UnicodeForm form) { return std::make_unique<NormalForm>(form); }

std::unique_ptr<const TextNormalizer> make_replace(std::string pattern, std::string content) {
  return std::make_unique<Replace>(std::move(pattern), std::move(content), /*runs=*/false);
}

std::unique_ptr<const TextNormalizer> make_replace_space_runs(std::string content) {
  return std::make_unique<Replace>("  ", std::move(content), /*runs=*/true);
}

std::unique_ptr<const TextNormalizer> make_prepend(std::string content) {
  return std::make_unique<Prepend>(std::move(content));
}

std::unique_ptr<const TextNormalizer> make_strip(bool left, bool right) { return std::make_unique<Strip>(left, right); }

std::unique_ptr<const TextNormalizer> make_lowercase() {
  return by_character([](TextRewriter& out, char32_t c) {
    std::string lower;
    unicode::append_lowercase(lower, c);
    out.write(lower, 1);
  });
}

std::unique_ptr<const TextNormalizer> make_strip_accents() {
  return by_character([](TextRewriter& out, char32_t c) { unicode::is_mark(c) ? out.skip(1) : out.write(c, 1); });
}

std::unique_ptr<const TextNormalizer> make_strip_nonspacing_marks() {
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
