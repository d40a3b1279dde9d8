#include "genre/rec/bm25.h"

#include <cmath>
#include <utility>

#include "genre/rec/tensors.h"

namespace genre {

void Bm25Options::fields(config::Fields& f) {
  f.number("k1", k1, {.minimum = 0, .maximum = 100}, "how late a repeated word stops counting; 0: at once");
  f.number("b", b, {.minimum = 0, .maximum = 1}, "how far the length of a text is held against it");
  f.number("decay", decay, {.minimum = 0, .maximum = 1},
           "weight of a history item relative to the next newer one; 1: age does not matter");
}

std::unique_ptr<Recommender> Bm25Options::build() const { return std::make_unique<Bm25>(*this); }

void Bm25::fit(const TrainingData& data) {
  require_item_texts(name(), data);
  CsrMatrix profiles = count_words(data.item_texts).counts;
  const WordStatistics statistics = word_statistics(profiles);
  CsrMatrix offers = profiles;
  for (std::int64_t item = 0; item < profiles.rows; ++item) {
    double length = 0;
    for (const float count : profiles.row_values(item)) length += count;
    const double saturation = options_.k1 * (1 - options_.b + options_.b * length / statistics.mean_length);
    for (std::int64_t n = profiles.offsets[item]; n < profiles.offsets[item + 1]; ++n) {
      const double count = profiles.values[n], holders = statistics.holders[profiles.indices[n]];
      const double idf = std::log(1 + (statistics.texts - holders + 0.5) / (holders + 0.5));
      offers.values[n] = static_cast<float>(idf * count * (options_.k1 + 1) / (count + saturation));
      profiles.values[n] = static_cast<float>(count / length);
    }
  }
  set_items(std::move(profiles), offers);
}

}  // namespace genre
