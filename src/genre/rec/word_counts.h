// Texts as counts of their words.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "genre/linalg/csr.h"
#include "genre/rec/recommender.h"

namespace genre {

struct WordCounts {
  CsrMatrix counts;                // I x V: how often text i has word w; V is at least 1
  std::vector<std::string> words;  // in the order of their first use
};
WordCounts count_words(std::span<const std::string> texts);

struct WordStatistics {
  double texts = 0;             // with a word
  double mean_length = 0;       // words a text, over those
  std::vector<double> holders;  // V: texts that have the word
};
WordStatistics word_statistics(const CsrMatrix& counts);

// The words that more than one text holds, in the order of their first use; a word of one text tells it from others
// and says nothing of them.
struct SharedWords {
  std::vector<std::string> words;  // F
  CsrMatrix held;                  // I x F, 1 where the text holds the word
};
SharedWords shared_words(std::span<const std::string> texts);

// What counting, two weighted matrices and the words themselves take: 96 bytes for each word of each item, a word being
// counted as six bytes of text; items are taken to have 64 words where nobody knows their texts.
std::int64_t word_bytes(const DataSize& size);

// Throws Error(kData) unless there is one text for each item of the interactions and a word in one of them.
void require_item_texts(std::string_view model, const TrainingData& data);

}  // namespace genre
