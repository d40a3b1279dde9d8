#include "genre/text/subword_tokenizer.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/text/unicode.h"

namespace genre {
namespace {

std::vector<AddedToken> added_tokens(const SubwordParts& parts, bool normalized) {
  std::vector<AddedToken> out;
  for (AddedToken token : parts.added_tokens) {
    if (token.normalized != normalized) continue;
    if (normalized) {
      TracedText content(token.content, 0, /*traced=*/false);
      for (const auto& step : parts.normalizers) step->apply(content);
      token.content = content.text();
    }
    const bool known =
        std::ranges::any_of(out, [&](const AddedToken& other) { return other.content == token.content; });
    if (!known) out.push_back(std::move(token));
  }
  return out;
}

}  // namespace

struct SubwordTokenizer::Output {
  std::size_t room;  // for ids
  std::vector<std::int32_t> ids;
  bool traced = false;
  std::vector<TokenOffset> offsets{};

  bool full() const { return ids.size() >= room; }
  void cut() {
    if (ids.size() > room) ids.resize(room);
    if (offsets.size() > room) offsets.resize(room);
  }
};

// From offsets in the text with U+FFFD for what was ill-formed to those in the text itself.
void SubwordTokenizer::move_offsets(std::string_view ill_formed, Output& out) {
  std::vector<std::size_t> places;  // by place in the repaired text
  const char* at = ill_formed.data();
  const char* const end = at + ill_formed.size();
  std::string repaired;
  while (at != end) {
    const auto place = static_cast<std::size_t>(at - ill_formed.data());
    unicode::append(repaired, unicode::decode(at, end));
    places.resize(repaired.size(), place);
  }
  places.push_back(ill_formed.size());
  for (TokenOffset& offset : out.offsets) offset = {places[offset.begin], places[offset.end]};
}

SubwordTokenizer::SubwordTokenizer(SubwordParts parts)
    : parts_(std::move(parts)),
      raw_(added_tokens(parts_, /*normalized=*/false)),
      normalized_(added_tokens(parts_, /*normalized=*/true)),
      added_(static_cast<std::size_t>(parts_.vocabulary.size())),
      special_(added_),
      asks_for_start_(
          std::ranges::any_of(parts_.pre_tokenizers, [](const auto& step) { return step->asks_for_start(); })) {
  for (const AddedToken& token : parts_.added_tokens) {
    added_.at(static_cast<std::size_t>(token.id)) = true;
    if (token.special) special_.at(static_cast<std::size_t>(token.id)) = true;
  }
}

void SubwordTokenizer::append(std::string_view text, bool plain, Output& out) const {
  if (!unicode::is_well_formed(text)) {
    const std::string repaired = unicode::well_formed(text);
    append(repaired, plain, out);
    if (out.traced) move_offsets(text, out);
    return;
  }
  constexpr std::size_t kMost = 0xFFFFFFF0;
  if (text.size() > kMost)
    throw Error(ErrorCode::kResources,
                "a text has " + std::to_string(text.size()) + " bytes, at most " + std::to_string(kMost) +
                    " can be tokenized at once",
                "split it");
  for (const auto& part : raw_.cut(text, plain)) {
    if (out.full()) break;
    if (part.id != AddedTokens::kText) {
      out.ids.push_back(part.id);
      if (out.traced) out.offsets.push_back({part.span.begin, part.span.end});
      continue;
    }
    // A first character that a normal form takes apart may lose its beginning and still be the first.
    const bool traced = out.traced || (asks_for_start_ && static_cast<unsigned char>(text[part.span.begin]) >= 0x80);
    TracedText normal(text.substr(part.span.begin, part.span.end - part.span.begin), part.span.begin, traced);
    for (const auto& step : parts_.normalizers) step->apply(normal);
    if (normalized_.empty()) {
      append_normal(std::move(normal), out);
      continue;
    }
    for (const auto& inner : normalized_.cut(normal.text(), plain)) {
      if (inner.id == AddedTokens::kText) {
        append_normal(normal.slice(inner.span), out);
      } else {
        out.ids.push_back(inner.id);
        if (out.traced) out.offsets.push_back(normal.origin(inner.span));
      }
    }
  }
  if (out.traced && parts_.trim_offsets) trim(text, out);
}

void SubwordTokenizer::append_normal(TracedText text, Output& out) const {
  std::vector<Span> pieces;
  if (!text.text().empty()) pieces.push_back({0, text.text().size()});
  for (const auto& step : parts_.pre_tokenizers) step->split(text, pieces);
  std::vector<Span> spans;
  for (const Span piece : pieces) {
    if (out.full()) break;
    spans.clear();
    parts_.model->append(text.part(piece), out.ids, out.traced ? &spans : nullptr);
    for (const Span token : spans)
      out.offsets.push_back(text.origin({piece.begin + token.begin, piece.begin + token.end}));
  }
}

std::vector<std::int32_t> SubwordTokenizer::encode(std::string_view text, int maximum_tokens) const {
  Output out{.room = parts_.around.room(maximum_tokens)};
  append(text, /*plain=*/false, out);
  out.cut();
  std::vector<std::int32_t> ids = parts_.around.before();
  const auto& behind = parts_.around.behind();
  ids.reserve(ids.size() + out.ids.size() + behind.size());
  ids.insert(ids.end(), out.ids.begin(), out.ids.end());
  ids.insert(ids.end(), behind.begin(), behind.end());
  return ids;
}

std::vector<std::int32_t> SubwordTokenizer::encode_plain(std::string_view text) const {
  Output out{.room = parts_.around.room(0)};
  append(text, /*plain=*/true, out);
  return std::move(out.ids);
}

TokenSequence SubwordTokenizer::encode_pair(std::string_view first, std::string_view second, int maximum_tokens) const {
  Output one{.room = parts_.around.room(0)}, two{.room = parts_.around.room(0)};
  append(first, /*plain=*/false, one);
  append(second, /*plain=*/false, two);
  return parts_.around.join(std::move(one.ids), std::move(two.ids), maximum_tokens);
}

std::vector<TokenOffset> SubwordTokenizer::offsets(std::string_view text, int maximum_tokens) const {
  Output out{.room = parts_.around.room(maximum_tokens), .traced = true};
  append(text, /*plain=*/false, out);
  out.cut();
  std::vector<TokenOffset> offsets(parts_.around.before().size());
  offsets.insert(offsets.end(), out.offsets.begin(), out.offsets.end());
  offsets.resize(offsets.size() + parts_.around.behind().size());
  return offsets;
}

// As the reference's byte-level post-processor does, which counts the spaces in the spelling of a token and moves its
// offsets by as many characters of the text.
void SubwordTokenizer::trim(std::string_view text, Output& out) const {
  const auto is_start = [&](std::size_t at) {
    return at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
  };
  for (std::size_t i = 0; i < out.ids.size(); ++i) {
    const auto id = static_cast<std::size_t>(out.ids[i]);
    TokenOffset& offset = out.offsets[i];
    const std::string& spelled = parts_.bytes[id];
    std::size_t leading = std::min(spelled.find_first_not_of(' '), spelled.size());
    std::size_t trailing = spelled.size() - std::min(spelled.find_last_not_of(' ') + 1, spelled.size());
    if (added_[id]) {  // its spelling is the text, with the white space that it took along
      const std::string_view token = text.substr(offset.begin, offset.end - offset.begin);
      leading = unicode::count(token.substr(0, unicode::spaces_end(token, 0)));
      trailing = unicode::count(token.substr(unicode::spaces_begin(token, 0, token.size())));
    }
    if (leading > 0 && (i == 0 || offset.begin == 0) && parts_.adds_space) leading = 0;
    for (; leading > 0 && offset.begin < offset.end; --leading)
      while (!is_start(++offset.begin)) continue;
    for (; trailing > 0 && offset.end > offset.begin; --trailing)
      while (!is_start(--offset.end)) continue;
  }
}

std::string_view SubwordTokenizer::bytes(std::int32_t id) const {
  if (id < 0 || id >= vocabulary_size() || is_special(id)) return {};
  return parts_.bytes[static_cast<std::size_t>(id)];
}

bool SubwordTokenizer::is_special(std::int32_t id) const {
  return id >= 0 && id < vocabulary_size() && special_[static_cast<std::size_t>(id)];
}

std::string SubwordTokenizer::decode(std::span<const std::int32_t> ids, Special special) const {
  std::string out, run;  // `run`: bytes of neighbouring byte tokens, which the reference judges together
  const auto finish_run = [&] {
    if (unicode::is_well_formed(run)) {
      out += run;
    } else {
      for (std::size_t i = 0; i < run.size(); ++i) unicode::append(out, unicode::kReplacement);
    }
    run.clear();
  };
  bool first = true;
  for (const std::int32_t id : ids) {
    if (id < 0 || id >= vocabulary_size() || (special == Special::kOmit && is_special(id))) continue;
    const auto place = static_cast<std::size_t>(id);
    std::string_view bytes = parts_.bytes[place];
    const bool byte = !parts_.is_byte.empty() && parts_.is_byte[place];
    if (!byte && !run.empty()) finish_run();
    (byte ? run : out) += bytes;
    if (first && parts_.first_space == FirstSpace::kDropToken) std::erase(out, ' ');
    first = false;
  }
  if (!run.empty()) finish_run();
  if (parts_.first_space == FirstSpace::kDropOne && out.starts_with(' ')) out.erase(0, 1);
  return unicode::is_well_formed(out) ? out : unicode::well_formed(out);
}

}  // namespace genre
