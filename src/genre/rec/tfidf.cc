#include "genre/rec/tfidf.h"

#include <cmath>
#include <utility>

#include "genre/rec/tensors.h"

namespace genre {

void TfidfOptions::fields(config::Fields& f) {
  f.number("decay", decay, {.minimum = 0, .maximum = 1},
           "weight of a history item relative to the next newer one; 1: age does not matter");
}

std::unique_ptr<Recommender> TfidfOptions::build() const { return std::make_unique<Tfidf>(*this); }

void Tfidf::fit(const TrainingData& data) {
  require_item_texts(name(), data);
  CsrMatrix texts = count_words(data.item_texts).counts;
  const WordStatistics statistics = word_statistics(texts);
  for (std::int64_t item = 0; item < texts.rows; ++item) {
    double squares = 0;
    const std::int64_t first = texts.offsets[item], last = texts.offsets[item + 1];
    for (std::int64_t n = first; n < last; ++n) {
      const double idf = std::log(statistics.texts / statistics.holders[texts.indices[n]]);
      texts.values[n] = static_cast<float>((1 + std::log(texts.values[n])) * idf);
      squares += static_cast<double>(texts.values[n]) * texts.values[n];
    }
    if (squares == 0) continue;  // all of its words are everybody's
    const auto scale = static_cast<float>(1 / std::sqrt(squares));
    for (std::int64_t n = first; n < last; ++n) texts.values[n] *= scale;
  }
  CsrMatrix profiles = texts;
  set_items(std::move(profiles), texts);
}

}  // namespace genre
