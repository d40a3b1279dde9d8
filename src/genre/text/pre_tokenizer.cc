#include "genre/text/pre_tokenizer.h"

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

class DigitSplit final : public PreTokenizer {
 public:
  explicit DigitSplit(bool individual) : individual_(individual) {}
  void split(TracedText& text, std::vector<Span>& pieces) const override {
    std::vector<Span> out;
    for (const Span piece : pieces) {
      const char* const data = text.text().data();
      const char* at = data + piece.begin;
      const char* const end = data + piece.end;
      bool open = false, was_digit = false;  // whether out.back() may grow
      while (at != end) {
        const auto begin = static_cast<std::size_t>(at - data);
        const bool digit = unicode::is_digit(unicode::decode(at, end));
        if (!open || digit != was_digit || (digit && individual_)) out.push_back({begin, begin});
        out.back().end = static_cast<std::size_t>(at - data);
        open = true;
        was_digit = digit;
      }
    }
    pieces = std::move(out);
  }

 private:
  bool individual_;
};

class BertSplit final : public PreTokenizer {
 public:
  void split(TracedText& text, std::vector<Span>& pieces) const override {
    std::vector<Span> out;
    for (const Span piece : pieces) {
      const char* const data = text.text().data();
      const char* at = data + piece.begin;
      const char* const end = data + piece.end;
      bool open = false;  // whether out.back() may grow
      while (at != end) {
        const auto begin = static_cast<std::size_t>(at - data);
        const char32_t c = unicode::decode(at, end);
        const bool punctuation = unicode::is_punctuation(c);
        if (unicode::is_whitespace(c)) {
          open = false;
          continue;
        }
        if (!open || punctuation) out.push_back({begin, begin});
        out.back().end = static_cast<std::size_t>(at - data);
        open = !punctuation;
      }
    }
    pieces = std::move(out);
  }
};

class PrefixSpace final : public PreTokenizer {
 public:
  void split(TracedText& text, std::vector<Span>& pieces) const override {
    TextRewriter rewriter(text);
    std::vector<Span> out;
    std::size_t read = 0, written = 0;
    for (const Span piece : pieces) {
      const std::string_view gap = text.part({read, piece.begin});
      rewriter.copy(gap);
      written += gap.size();
      read = piece.end;
      std::string_view part = text.part(piece);
      const std::size_t begin = written;
      written += part.size();
      const char* at = part.data();
      const char32_t first = unicode::decode(at, part.data() + part.size());
      if (first != U' ') {
        rewriter.write(U' ', 1);
        rewriter.write(first, 0);
        ++written;
        part.remove_prefix(static_cast<std::size_t>(at - part.data()));
      }
      rewriter.copy(part);
      out.push_back({begin, written});
    }
    rewriter.copy(text.part({read, text.text().size()}));
    rewriter.finish();
    pieces = std::move(out);
  }
};

}  // namespace

std::unique_ptr<const PreTokenizer> make_pattern_split(SplitPattern pattern) {
  return std::make_unique<PatternSplit>(pattern);
}
std::unique_ptr<const PreTokenizer> make_digit_split(bool individual) {
  return std::make_unique<DigitSplit>(individual);
}
std::unique_ptr<const PreTokenizer> make_bert_split() { return std::make_unique<BertSplit>(); }
std::unique_ptr<const PreTokenizer> make_prefix_space() { return std::make_unique<PrefixSpace>(); }

}  // namespace genre
