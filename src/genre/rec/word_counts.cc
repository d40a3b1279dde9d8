#include "genre/rec/word_counts.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "genre/base/error.h"
#include "genre/rec/words.h"

namespace genre {

WordCounts count_words(std::span<const std::string> texts) {
  std::unordered_map<std::string, std::int32_t> numbers;
  WordCounts counted;
  CsrMatrix& out = counted.counts;
  out.rows = static_cast<std::int64_t>(texts.size());
  std::vector<std::int32_t> row;
  for (const std::string& text : texts) {
    row.clear();
    for (std::string& word : words(text))
      row.push_back(numbers.emplace(std::move(word), static_cast<std::int32_t>(numbers.size())).first->second);
    std::sort(row.begin(), row.end());
    for (std::size_t n = 0; n < row.size(); ++n) {
      if (n > 0 && row[n] == row[n - 1]) {
        out.values.back() += 1;
        continue;
      }
      out.indices.push_back(row[n]);
      out.values.push_back(1);
    }
    out.offsets.push_back(static_cast<std::int64_t>(out.indices.size()));
  }
  out.cols = std::max<std::int64_t>(static_cast<std::int64_t>(numbers.size()), 1);
  counted.words.resize(numbers.size());
  for (const auto& [word, number] : numbers) counted.words[number] = word;
  return counted;
}

WordStatistics word_statistics(const CsrMatrix& counts) {
  WordStatistics out;
  out.holders.assign(counts.cols, 0.0);
  for (std::int64_t item = 0; item < counts.rows; ++item) out.texts += counts.row_indices(item).empty() ? 0 : 1;
  for (std::size_t n = 0; n < counts.indices.size(); ++n) {
    out.holders[counts.indices[n]] += 1;
    out.mean_length += counts.values[n];
  }
  if (out.texts > 0) out.mean_length /= out.texts;
  return out;
}

SharedWords shared_words(std::span<const std::string> texts) {
  WordCounts counted = count_words(texts);
  const WordStatistics statistics = word_statistics(counted.counts);
  SharedWords out;
  std::vector<std::int32_t> number(counted.counts.cols, -1);
  for (std::size_t w = 0; w < counted.words.size(); ++w) {
    if (statistics.holders[w] < 2) continue;
    number[w] = static_cast<std::int32_t>(out.words.size());
    out.words.push_back(std::move(counted.words[w]));
  }
  out.held.rows = counted.counts.rows;
  out.held.cols = std::ssize(out.words);
  for (std::int64_t text = 0; text < out.held.rows; ++text) {
    for (const std::int32_t w : counted.counts.row_indices(text))
      if (number[w] >= 0) out.held.indices.push_back(number[w]);
    out.held.offsets.push_back(std::ssize(out.held.indices));
  }
  out.held.values.assign(out.held.indices.size(), 1.0f);
  return out;
}

std::int64_t word_bytes(const DataSize& size) {
  return 64 * size.items + 96 * (size.text_bytes > 0 ? size.text_bytes / 6 + size.items : 64 * size.items);
}

void require_item_texts(std::string_view model, const TrainingData& data) {
  const auto items = static_cast<std::size_t>(data.interactions.cols);
  const std::string hint = "add [item_text] to the configuration, or choose a model without text";
  if (data.item_texts.size() != items)
    throw Error(ErrorCode::kData,
                fmt::format("{} wants the text of {} items, found {} texts", model, items, data.item_texts.size()),
                hint);
  if (std::all_of(data.item_texts.begin(), data.item_texts.end(),
                  [](const std::string& text) { return words(text).empty(); }))
    throw Error(ErrorCode::kData, fmt::format("{} finds no word in the text of {} items", model, items), hint);
}

}  // namespace genre
