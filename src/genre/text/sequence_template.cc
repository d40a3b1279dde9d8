#include "genre/text/sequence_template.h"

#include <algorithm>

#include "genre/base/error.h"

namespace genre {
namespace {

using Kind = TemplatePart::Kind;

auto count(const std::vector<TemplatePart>& parts, Kind kind) {
  return std::ranges::count(parts, kind, &TemplatePart::kind);
}

// The reference's "longest first": the longer text loses tokens until both are as long, then both do.
void fit(std::vector<std::int32_t>& first, std::vector<std::int32_t>& second, std::size_t maximum) {
  if (first.size() + second.size() <= maximum) return;
  std::size_t shorter = std::min(first.size(), second.size());
  std::size_t longer = shorter > maximum ? shorter : std::max(shorter, maximum - shorter);
  if (shorter + longer > maximum) {
    shorter = maximum / 2;
    longer = shorter + maximum % 2;
  }
  const bool swapped = first.size() > second.size();
  first.resize(std::min(first.size(), swapped ? longer : shorter));
  second.resize(std::min(second.size(), swapped ? shorter : longer));
}

}  // namespace

SequenceTemplate::SequenceTemplate(const std::vector<TemplatePart>& single, std::vector<TemplatePart> pair)
    : pair_(std::move(pair)) {
  const auto refuse = [](const char* fault) { throw Error(ErrorCode::kData, fault, "choose another model"); };
  if (count(single, Kind::kFirst) != 1 || count(single, Kind::kSecond) != 0)
    refuse("the post-processor does not hold the text once");
  if (!pair_.empty() && (count(pair_, Kind::kFirst) != 1 || count(pair_, Kind::kSecond) != 1))
    refuse("the post-processor does not hold each text of a pair once");
  if (std::ranges::find(pair_, Kind::kFirst, &TemplatePart::kind) >
      std::ranges::find(pair_, Kind::kSecond, &TemplatePart::kind))
    refuse("the post-processor swaps the texts of a pair");
  bool behind = false;
  for (const TemplatePart& part : single) {
    if (part.kind == Kind::kFirst) {
      behind = true;
    } else {
      (behind ? behind_ : before_).push_back(part.id);
    }
  }
}

std::size_t SequenceTemplate::room(int maximum_tokens) const {
  if (maximum_tokens <= 0) return before_.max_size();
  const std::size_t around = before_.size() + behind_.size();
  return static_cast<std::size_t>(maximum_tokens) > around ? static_cast<std::size_t>(maximum_tokens) - around : 0;
}

TokenSequence SequenceTemplate::join(std::vector<std::int32_t> first, std::vector<std::int32_t> second,
                                     int maximum_tokens) const {
  if (pair_.empty())
    throw Error(ErrorCode::kConfig, "the model's tokenizer has no form for pairs of texts",
                "choose a model that reads pairs, such as a cross-encoder");
  if (maximum_tokens > 0) {
    const std::size_t around = pair_.size() - 2, maximum = static_cast<std::size_t>(maximum_tokens);
    fit(first, second, maximum > around ? maximum - around : 0);
  }
  TokenSequence out;
  for (const TemplatePart& part : pair_) {
    if (part.kind == Kind::kToken) {
      out.ids.push_back(part.id);
    } else {
      const auto& ids = part.kind == Kind::kFirst ? first : second;
      out.ids.insert(out.ids.end(), ids.begin(), ids.end());
    }
    out.segments.resize(out.ids.size(), part.segment);
  }
  return out;
}

}  // namespace genre
