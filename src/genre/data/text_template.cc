#include <fmt/format.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/data/item_text.h"

namespace genre {
namespace {

constexpr std::string_view kSeparators = ".,;|/!?\n";

[[noreturn]] void fail(std::string_view text, std::string_view key, std::size_t column, const std::string& fault) {
  throw Error(ErrorCode::kConfig, fmt::format("the template \"{}\" {} at column {}", text, fault, column),
              "write fields in braces, as in \"{title} ({year})\"", {.file = {}, .line = 0, .key = std::string(key)});
}

// Literal text between two units: what belongs to the left one, the separator, and what belongs to the right one.
// "). Year: " gives ")", ". ", "Year: ". Text without a separator belongs to both.
struct Between {
  std::string_view left, separator, right;
  bool both = false;
};

Between between(std::string_view literal) {
  const std::size_t begin = literal.find_first_of(kSeparators);
  if (begin == std::string_view::npos) return {literal, {}, {}, true};
  const std::size_t end = std::min(literal.find_first_not_of(std::string(kSeparators) + " ", begin), literal.size());
  return {literal.substr(0, begin), literal.substr(begin, end - begin), literal.substr(end)};
}

// Spaces and control characters collapse to one space; none at the ends.
std::string tidy(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7F;
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

TextTemplate::TextTemplate(std::string_view text, std::string_view key) {
  std::vector<std::size_t> open;  // pieces that open a bracket
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) pieces_.push_back({Piece::Kind::kLiteral, std::move(literal)});
    literal.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      literal += c;
      ++i;
    } else if (c == '{') {
      const std::size_t close = text.find_first_of("{}", i + 1);
      if (close == std::string_view::npos || text[close] == '{')
        fail(text, key, i + 1, "opens a brace that is not closed");
      const std::string name = tidy(text.substr(i + 1, close - i - 1));
      if (name.empty()) fail(text, key, i + 1, "has a field without a name");
      end_literal();
      pieces_.push_back({Piece::Kind::kField, name});
      if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
      i = close;
    } else if (c == '}') {
      fail(text, key, i + 1, "closes a brace that is not open");
    } else if (c == '(' || c == '[') {
      end_literal();
      open.push_back(pieces_.size());
      pieces_.push_back({Piece::Kind::kOpen, std::string(1, c)});
    } else if ((c == ')' || c == ']') && !open.empty() && pieces_[open.back()].text == (c == ')' ? "(" : "[")) {
      end_literal();
      pieces_[open.back()].match = pieces_.size();
      pieces_.push_back({Piece::Kind::kClose, std::string(1, c)});
      open.pop_back();
    } else {
      literal += c;
    }
  }
  end_literal();
  if (names_.empty()) fail(text, key, 1, "names no field");
  for (const std::size_t piece : open) pieces_[piece].kind = Piece::Kind::kLiteral;
  // A bracket that never closes is text, and one piece with the text around it.
  for (std::size_t i = 1; i < pieces_.size() && !open.empty();) {
    if (pieces_[i].kind == Piece::Kind::kLiteral && pieces_[i - 1].kind == Piece::Kind::kLiteral) {
      pieces_[i - 1].text += pieces_[i].text;
      pieces_.erase(pieces_.begin() + static_cast<std::ptrdiff_t>(i));
      for (auto& piece : pieces_)
        if (piece.match > i) --piece.match;
    } else {
      ++i;
    }
  }
}

std::string TextTemplate::fill(const FieldSource& fields) const { return tidy(fill(fields, 0, pieces_.size())); }

// Units are fields and bracketed groups; an absent unit takes along the literal text that belongs to it.
std::string TextTemplate::fill(const FieldSource& fields, std::size_t begin, std::size_t end) const {
  std::string out;
  std::string_view before;     // literal since the last unit
  std::string_view left_over;  // separator after the last present unit, while absent ones follow it
  bool first = true, last_present = false, any = false;
  const auto unit = [&](const std::string& text) {
    const Between parts = between(before);
    const bool present = !text.empty();
    if (last_present) out += parts.both ? (present ? parts.left : std::string_view()) : parts.left;
    if (last_present && !parts.both) left_over = parts.separator;
    if (present) {
      if (first) {
        out += before;
      } else if (any) {
        if (!parts.both)
          out += parts.separator;
        else if (!last_present)
          out += left_over.empty() ? std::string_view(" ") : left_over;
        out += parts.right;
      } else {
        out += parts.right;
      }
      out += text;
      left_over = {};
      any = true;
    }
    last_present = present;
    first = false;
    before = {};
  };
  for (std::size_t i = begin; i < end; ++i) {
    const Piece& piece = pieces_[i];
    switch (piece.kind) {
      case Piece::Kind::kLiteral:
        before = piece.text;
        break;
      case Piece::Kind::kField:
        unit(tidy(fields(piece.text)));
        break;
      case Piece::Kind::kOpen: {
        const std::string inside = fill(fields, i + 1, piece.match);
        unit(tidy(inside).empty() ? "" : piece.text + inside + pieces_[piece.match].text);
        i = piece.match;
        break;
      }
      case Piece::Kind::kClose:
        break;
    }
  }
  if (any && !before.empty()) {
    const Between parts = between(before);
    if (last_present)
      out += before;
    else if (!parts.both)
      out += parts.separator;
  }
  return out;
}

}  // namespace genre
