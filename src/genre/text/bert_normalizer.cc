#include "genre/text/bert_normalizer.h"

#include <algorithm>
#include <vector>

#include "genre/text/unicode.h"

namespace genre {
namespace {

constexpr unsigned char kRemoved = 0x80;

// Canonical ordering: marks wait here until the next starter and leave sorted by class.
class Ordering {
 public:
  Ordering(std::string& out, const BertNormalizerOptions& options) : out_(out), options_(options) {}
  ~Ordering() { flush(); }
  Ordering(const Ordering&) = delete;
  Ordering& operator=(const Ordering&) = delete;

  void push(char32_t c) {
    const int combining = unicode::combining_class(c);
    if (combining == 0) {
      flush();
      write(c);
    } else {
      waiting_.push_back({combining, c});
    }
  }
  void flush() {
    if (waiting_.empty()) return;
    std::ranges::stable_sort(waiting_, {}, &Mark::combining);
    for (const Mark& mark : waiting_) write(mark.c);
    waiting_.clear();
  }

 private:
  struct Mark {
    int combining;
    char32_t c;
  };
  void write(char32_t c) {
    if (unicode::is_nonspacing_mark(c)) return;
    if (options_.lowercase) return unicode::append_lowercase(out_, c);
    unicode::append(out_, c);
  }

  std::string& out_;
  const BertNormalizerOptions& options_;
  std::vector<Mark> waiting_;
};

}  // namespace

BertNormalizer::BertNormalizer(const BertNormalizerOptions& options) : options_(options) {
  for (unsigned c = 0; c < 128; ++c) {
    unsigned char to = static_cast<unsigned char>(c);
    if (options.clean_text && unicode::is_removed(c)) to = kRemoved;
    if (options.clean_text && to != kRemoved && unicode::is_whitespace(c)) to = ' ';
    if (options.lowercase && c >= 'A' && c <= 'Z') to = static_cast<unsigned char>(c + 32);
    ascii_[c] = to;
  }
}

void BertNormalizer::append(std::string& out, std::string_view text) const {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const std::size_t before = out.size();
    out.resize(before + static_cast<std::size_t>(end - at));
    char* to = out.data() + before;
    for (; at != end && static_cast<unsigned char>(*at) < 0x80; ++at) {
      const unsigned char mapped = ascii_[static_cast<unsigned char>(*at)];
      *to = static_cast<char>(mapped);
      to += mapped != kRemoved;
    }
    out.resize(static_cast<std::size_t>(to - out.data()));
    if (at != end) at = append_other(out, at, end);
  }
}

// From a non-ASCII character to the next ASCII starter that is written; returns where that is.
const char* BertNormalizer::append_other(std::string& out, const char* at, const char* end) const {
  Ordering ordering(out, options_);
  while (at != end) {
    if (static_cast<unsigned char>(*at) < 0x80 && ascii_[static_cast<unsigned char>(*at)] != kRemoved) break;
    char32_t c = unicode::decode(at, end);
    if (options_.clean_text) {
      if (unicode::is_removed(c)) continue;
      if (unicode::is_whitespace(c)) c = ' ';
    }
    const bool spaced = options_.handle_chinese_chars && unicode::is_cjk(c);
    if (!options_.strip_accents) {
      if (spaced) out += ' ';
      if (options_.lowercase) {
        unicode::append_lowercase(out, c);
      } else {
        unicode::append(out, c);
      }
      if (spaced) out += ' ';
      continue;
    }
    if (spaced) ordering.push(' ');
    char32_t parts[unicode::kMaxDecomposition];
    const int length = unicode::decompose(c, parts);
    for (int i = 0; i < length; ++i) ordering.push(parts[i]);
    if (spaced) ordering.push(' ');
  }
  return at;
}

}  // namespace genre
