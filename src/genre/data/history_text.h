// What users did as text for language models.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/data/item_text.h"

namespace genre {

struct HistoryTextOptions {
  // One event: {item} its text, {event} what was done in words ("viewed", "rated 4.5"), {value}, and {when} relative to
  // the newest event of the text ("3 days earlier", "" for the newest and without times). As in TextTemplate, what is
  // absent leaves nothing behind.
  std::string event = "{event}: {item}";
  std::string separator = "; ";
  bool newest_first = true;
  int maximum_events = 20;  // the most recent ones
  int maximum_words = 0;    // of the whole text, in words between spaces; 0: any. Older events are left out whole.
  // The same in tokens of the whole text by `count_tokens`, which is some language model's tokenizer: what a text has
  // with the special tokens around it. More events must not have fewer. Needed where the maximum is above 0.
  int maximum_tokens = 0;
  std::function<std::int64_t(std::string_view)> count_tokens = {};
};

struct HistoryText {
  std::string text;
  std::vector<std::int32_t> items;  // of the events in the text, in its order
  std::int64_t words = 0;
  std::int64_t tokens = 0;  // 0 without maximum_tokens
};

class HistoryWriter {
 public:
  // `texts` are of items, I long, and outlive this object, as `dataset` does. Throws Error(kConfig) for a template that
  // cannot be read or names another field, with the nearest.
  HistoryWriter(const Dataset& dataset, std::span<const std::string> texts, HistoryTextOptions options = {});

  // Of one user's interactions in `parts`; events of items without text are left out. "" where none is left.
  HistoryText write(std::int32_t user, unsigned parts) const;

 private:
  std::string phrase(std::int64_t row, std::int64_t newest) const;
  std::string join(std::span<const std::string> newest_first) const;
  std::size_t within_tokens(std::span<const std::string> newest_first) const;

  const Dataset& dataset_;
  std::span<const std::string> texts_;
  HistoryTextOptions options_;
  TextTemplate event_;
};

// "3 days": the largest unit of which there is at least one; months are 30 days, years 365. "" below a second.
std::string duration_in_words(std::int64_t milliseconds);

}  // namespace genre
