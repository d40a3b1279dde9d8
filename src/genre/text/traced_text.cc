#include "genre/text/traced_text.h"

#include "genre/text/unicode.h"

namespace genre {
namespace {

std::size_t character_size(std::string_view text, std::size_t at) {
  std::size_t size = 1;
  while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xC0) == 0x80) ++size;
  return size;
}

}  // namespace

TracedText::TracedText(std::string_view text, std::size_t base, bool traced)
    : text_(text), base_(base), traced_(traced) {
  if (!traced) return;
  origins_.resize(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = character_size(text, at);
    for (std::size_t i = 0; i < size; ++i) origins_[at + i] = {base + at, base + at + size};
    at += size;
  }
}

TokenOffset TracedText::origin(Span span) const {
  if (span.begin >= span.end) {
    const std::size_t at = span.begin < origins_.size() ? origins_[span.begin].begin : base_;
    return {at, at};
  }
  return {origins_[span.begin].begin, origins_[span.end - 1].end};
}

TracedText TracedText::slice(Span span) const {
  TracedText out;
  out.text_ = part(span);
  out.traced_ = traced_;
  out.base_ = span.begin == 0 ? base_ : base_ + span.begin;
  if (traced_) {
    out.origins_.assign(origins_.begin() + static_cast<std::ptrdiff_t>(span.begin),
                        origins_.begin() + static_cast<std::ptrdiff_t>(span.end));
    out.base_ = origin({span.begin, span.begin}).begin;
  }
  return out;
}

TextRewriter::TextRewriter(TracedText& text) : text_(text) { out_.reserve(text.text_.size() + 8); }

void TextRewriter::trace(std::size_t bytes, std::size_t consumed) {
  if (!text_.traced_) return;
  const auto& old = text_.origins_;
  const std::size_t from = consumed > 0 ? read_ : read_ - (read_ > 0);
  const TokenOffset origin = from < old.size() ? old[from]
                             : old.empty()     ? TokenOffset{text_.base_, text_.base_}
                                               : old.back();
  origins_.insert(origins_.end(), bytes, consumed == 0 && read_ == 0 ? TokenOffset{text_.base_, text_.base_} : origin);
  skip(consumed);
}

// Where a text begins is known without origins too: `read_` then counts what was left out before the first character.
void TextRewriter::write(char32_t c, std::size_t consumed) {
  if (!text_.traced_ && out_.empty()) text_.base_ += read_ - (consumed == 0 && read_ > 0);
  const std::size_t before = out_.size();
  unicode::append(out_, c);
  trace(out_.size() - before, consumed);
}

void TextRewriter::write(std::string_view bytes, std::size_t consumed) {
  if (!text_.traced_ && out_.empty()) text_.base_ += read_ - (consumed == 0 && read_ > 0);
  out_ += bytes;
  trace(bytes.size(), consumed);
}

void TextRewriter::skip(std::size_t characters) {
  if (!text_.traced_) {
    if (out_.empty()) read_ += characters;
    return;
  }
  for (; characters > 0 && read_ < text_.text_.size(); --characters) read_ += character_size(text_.text_, read_);
}

void TextRewriter::copy(std::string_view bytes) {
  if (!text_.traced_ && out_.empty() && !bytes.empty()) text_.base_ += read_;
  out_ += bytes;
  if (!text_.traced_) return;
  const auto from = text_.origins_.begin() + static_cast<std::ptrdiff_t>(read_);
  origins_.insert(origins_.end(), from, from + static_cast<std::ptrdiff_t>(bytes.size()));
  read_ += bytes.size();
}

void TextRewriter::finish() {
  if (!origins_.empty()) text_.base_ = origins_.front().begin;
  text_.text_ = std::move(out_);
  text_.origins_ = std::move(origins_);
}

void prepend(TracedText& text, std::string_view content) {
  if (text.text().empty() || content.empty()) return;
  TextRewriter rewriter(text);
  const std::string_view old = text.text();
  const std::size_t first = character_size(old, 0);
  rewriter.write(content, 1);
  rewriter.write(old.substr(0, first), 0);
  rewriter.copy(old.substr(first));
  rewriter.finish();
}

void rewrite(TracedText& text, const std::vector<CharacterChange>& changes) {
  TextRewriter rewriter(text);
  for (const auto& [c, change] : changes) rewriter.write(c, change > 0 ? 0 : static_cast<std::size_t>(1 - change));
  rewriter.finish();
}

}  // namespace genre
