#include "genre/text/pre_tokenizer.h"

#include <algorithm>

#include "genre/text/unicode.h"

namespace genre {
namespace {

class PatternSplit final : public PreTokenizer {
 public:
  explicit PatternSplit(SplitPattern pattern) : pattern_(pattern) {}
  void split(TracedText& text, std::vector<Span>& pieces) const override {
    std::vector<Span> out;
    out.reserve(text.text().size() / 4 + 1);
    for (const Span piece : pieces) {
      const std::string_view part = text.part(piece);
      for (std::size_t begin = 0; begin < part.size();) {
        const std::size_t end = piece_end(pattern_, part, begin);
        out.push_back({piece.begin + begin, piece.begin + end});
        begin = end;
      }
    }
    pieces = std::move(out);
  }

 private:
  SplitPattern pattern_;
};

// What a character does to the pieces: it is left out, a piece of its own, or part of a run of its kind.
enum class Role { kLeftOut, kAlone, kRun, kOtherRun };

template <typename RoleOf>
void split_by_role(const TracedText& text, std::vector<Span>& pieces, const RoleOf& role_of) {
  std::vector<Span> out;
  for (const Span piece : pieces) {
    const char* const data = text.text().data();
    const char* at = data + piece.begin;
    const char* const end = data + piece.end;
    Role before = Role::kLeftOut;
    while (at != end) {
      const auto begin = static_cast<std::size_t>(at - data);
      const Role role = role_of(unicode::decode(at, end));
      if (role != Role::kLeftOut) {
        if (role != before || role == Role::kAlone) out.push_back({begin, begin});
        out.back().end = static_cast<std::size_t>(at - data);
      }
      before = role;
    }
  }
  pieces = std::move(out);
}

class DigitSplit final : public PreTokenizer {
 public:
  explicit DigitSplit(bool individual) : digit_(individual ? Role::kAlone : Role::kOtherRun) {}
  void split(TracedText& text, std::vector<Span>& pieces) const override {
    split_by_role(text, pieces, [this](char32_t c) { return unicode::is_digit(c) ? digit_ : Role::kRun; });
  }

 private:
  Role digit_;
};

// Words between white space; BERT's have every punctuation character alone.
class WordSplit final : public PreTokenizer {
 public:
  explicit WordSplit(bool punctuation_alone) : punctuation_alone_(punctuation_alone) {}
  void split(TracedText& text, std::vector<Span>& pieces) const override {
    split_by_role(text, pieces, [this](char32_t c) {
      if (unicode::is_whitespace(c)) return Role::kLeftOut;
      return punctuation_alone_ && unicode::is_punctuation(c) ? Role::kAlone : Role::kRun;
    });
  }

 private:
  bool punctuation_alone_;
};

// Rewrites every piece and keeps what lies between them.
template <typename Write>
void rewrite_pieces(TracedText& text, std::vector<Span>& pieces, Write write) {
  TextRewriter rewriter(text);
  std::size_t read = 0;
  for (Span& piece : pieces) {
    rewriter.copy(text.part({read, piece.begin}));
    read = piece.end;
    const std::size_t begin = rewriter.written();
    write(rewriter, text.part(piece), piece.begin);
    piece = {begin, rewriter.written()};
  }
  rewriter.copy(text.part({read, text.text().size()}));
  rewriter.finish();
}

class PrefixSpace final : public PreTokenizer {
 public:
  void split(TracedText& text, std::vector<Span>& pieces) const override {
    rewrite_pieces(text, pieces, [](TextRewriter& out, std::string_view part, std::size_t) {
      const char* at = part.data();
      const char32_t first = unicode::decode(at, part.data() + part.size());
      if (first != U' ') {
        out.write(U' ', 1);
        out.write(first, 0);
        part.remove_prefix(static_cast<std::size_t>(at - part.data()));
      }
      out.copy(part);
    });
  }
};

class Metaspace final : public PreTokenizer {
 public:
  Metaspace(std::string replacement, PrependScheme prepends, bool split)
      : replacement_(std::move(replacement)), prepends_(prepends), split_(split) {}

  void split(TracedText& text, std::vector<Span>& pieces) const override {
    const bool at_start = text.base() == 0;
    rewrite_pieces(text, pieces, [&](TextRewriter& out, std::string_view part, std::size_t begin) {
      const bool prepends =
          prepends_ == PrependScheme::kAlways || (prepends_ == PrependScheme::kFirst && at_start && begin == 0);
      if (prepends && part[0] != ' ' && !part.starts_with(replacement_)) {
        const char* at = part.data();
        const char32_t first = unicode::decode(at, part.data() + part.size());
        out.write(replacement_, 1);
        out.write(first, 0);
        part.remove_prefix(static_cast<std::size_t>(at - part.data()));
      }
      while (!part.empty()) {
        const std::size_t space = std::min(part.find(' '), part.size());
        out.copy(part.substr(0, space));
        part.remove_prefix(space);
        if (part.empty()) break;
        out.write(replacement_, 1);
        part.remove_prefix(1);
      }
    });
    if (split_) split_at_replacements(text.text(), pieces);
  }
  bool asks_for_start() const override { return prepends_ == PrependScheme::kFirst; }

 private:
  void split_at_replacements(const std::string& text, std::vector<Span>& pieces) const {
    std::vector<Span> out;
    for (const Span piece : pieces) {
      for (std::size_t begin = piece.begin; begin < piece.end;) {
        const std::size_t end = std::min(text.find(replacement_, begin + 1), piece.end);
        out.push_back({begin, end});
        begin = end;
      }
    }
    pieces = std::move(out);
  }

  std::string replacement_;
  PrependScheme prepends_;
  bool split_;
};

}  // namespace

std::unique_ptr<const PreTokenizer> make_pattern_split(SplitPattern pattern) {
  return std::make_unique<PatternSplit>(pattern);
}
std::unique_ptr<const PreTokenizer> make_digit_split(bool individual) {
  return std::make_unique<DigitSplit>(individual);
}
std::unique_ptr<const PreTokenizer> make_bert_split() {
  return std::make_unique<WordSplit>(/*punctuation_alone=*/true);
}
std::unique_ptr<const PreTokenizer> make_whitespace_split() {
  return std::make_unique<WordSplit>(/*punctuation_alone=*/false);
}
std::unique_ptr<const PreTokenizer> make_metaspace(std::string replacement, PrependScheme prepends, bool split) {
  return std::make_unique<Metaspace>(std::move(replacement), prepends, split);
}
std::unique_ptr<const PreTokenizer> make_prefix_space() { return std::make_unique<PrefixSpace>(); }

}  // namespace genre
