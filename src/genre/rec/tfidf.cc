#include "genre/rec/tfidf.h"

#include <cmath>

namespace genre {

void TfidfOptions::fields(config::Fields& f) {
  f.number("decay", decay, {.minimum = 0, .maximum = 1},
           "weight of a history item relative to the next newer one; 1: age does not matter");
}

std::unique_ptr<Recommender> TfidfOptions::build() const { return std::make_unique<Tfidf>(*this); }

void Tfidf::tell(std::span<const std::int32_t> words, std::span<float> counts) const {
  double squares = 0;
  for (std::size_t n = 0; n < words.size(); ++n) {
    const double idf = std::log(statistics().texts / statistics().holders[words[n]]);
    counts[n] = static_cast<float>((1 + std::log(counts[n])) * idf);
    squares += static_cast<double>(counts[n]) * counts[n];
  }
  if (squares == 0) return;  // all of its words are everybody's
  const auto scale = static_cast<float>(1 / std::sqrt(squares));
  for (float& value : counts) value *= scale;
}

}  // namespace genre
