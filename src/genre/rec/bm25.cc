#include "genre/rec/bm25.h"

#include <cmath>
#include <numeric>

namespace genre {

void Bm25Options::fields(config::Fields& f) {
  f.number("k1", k1, {.minimum = 0, .maximum = 100}, "how late a repeated word stops counting; 0: at once");
  f.number("b", b, {.minimum = 0, .maximum = 1}, "how far the length of a text is held against it");
  f.number("decay", decay, {.minimum = 0, .maximum = 1},
           "weight of a history item relative to the next newer one; 1: age does not matter");
}

std::unique_ptr<Recommender> Bm25Options::build() const { return std::make_unique<Bm25>(*this); }

void Bm25::tell(std::span<const std::int32_t>, std::span<float> counts) const {
  const double length = std::accumulate(counts.begin(), counts.end(), 0.0);
  for (float& value : counts) value = static_cast<float>(value / length);
}

void Bm25::offer(std::span<const std::int32_t> words, std::span<float> counts) const {
  const double length = std::accumulate(counts.begin(), counts.end(), 0.0);
  const double saturation = options_.k1 * (1 - options_.b + options_.b * length / statistics().mean_length);
  for (std::size_t n = 0; n < words.size(); ++n) {
    const double count = counts[n], holders = statistics().holders[words[n]];
    const double idf = std::log(1 + (statistics().texts - holders + 0.5) / (holders + 0.5));
    counts[n] = static_cast<float>(idf * count * (options_.k1 + 1) / (count + saturation));
  }
}

}  // namespace genre
