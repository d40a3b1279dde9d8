#include "genre/rec/sparse_content.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "genre/base/error.h"
#include "genre/rec/bm25.h"
#include "genre/rec/small_world_test.h"
#include "genre/rec/tfidf.h"
#include "genre/rec/words.h"

namespace genre {
namespace {

using Bag = std::map<std::string, double>;

// Texts of 0 to 12 words from a vocabulary of 20, some words frequent.
SmallWorld wordy_world() {
  SmallWorld world = small_world(20, 30);
  RandomStream random(4, "texts");
  for (std::string& text : world.item_texts) {
    text.clear();
    for (std::uint64_t n = random.below(13); n > 0; --n)
      text += (text.empty() ? "w" : " W") + std::to_string(std::min(random.below(20), random.below(20)));
  }
  world.item_texts[7] = "";
  return world;
}

// unit(sum over the history of weight x bag).
Bag profile(const std::vector<Bag>& bags, const std::vector<std::int32_t>& history, const std::vector<float>& values,
            double decay) {
  Bag out;
  double squares = 0;
  for (std::size_t h = 0; h < history.size(); ++h)
    for (const auto& [word, weight] : bags[history[h]])
      out[word] += values[h] * std::pow(decay, static_cast<double>(history.size() - 1 - h)) * weight;
  for (const auto& [word, weight] : out) squares += weight * weight;
  for (auto& [word, weight] : out) weight /= std::sqrt(squares);
  return out;
}

double product(const Bag& a, const Bag& b) {
  double out = 0;
  for (const auto& [word, weight] : a) out += b.contains(word) ? weight * b.at(word) : 0;
  return out;
}

struct Texts {
  std::vector<Bag> counts;
  std::vector<double> lengths;
  Bag holders;
  double texts = 0, mean_length = 0;
};

Texts counted(const SmallWorld& world) {
  Texts out;
  for (const std::string& text : world.item_texts) {
    Bag bag;
    for (const std::string& word : words(text)) bag[word] += 1;
    for (const auto& [word, count] : bag) out.holders[word] += 1;
    out.lengths.push_back(static_cast<double>(words(text).size()));
    out.texts += bag.empty() ? 0 : 1;
    out.mean_length += out.lengths.back();
    out.counts.push_back(bag);
  }
  out.mean_length /= out.texts;
  return out;
}

const std::vector<std::int32_t> kHistory = {11, 2, 7, 25};
const std::vector<float> kValues = {1, 2, 1, 0.5f};

void expect_scores(const Recommender& model, const Texts& texts, const std::vector<Bag>& asks,
                   const std::vector<Bag>& offers, double decay) {
  const Bag wanted = profile(asks, kHistory, kValues, decay);
  const auto scores = scores_of(model, {.history = kHistory, .history_values = kValues});
  for (std::int32_t item = 0; item < 30; ++item) {
    if (texts.counts[item].empty())
      EXPECT_EQ(scores[item], kMasked);
    else
      EXPECT_NEAR(scores[item], product(wanted, offers[item]), 1e-5);
  }
}

TEST(Tfidf, EqualsTheCosineOfBagsOfWords) {
  const SmallWorld world = wordy_world();
  const Texts texts = counted(world);
  std::vector<Bag> units;
  for (const Bag& counts : texts.counts) {
    Bag bag;
    double squares = 0;
    for (const auto& [word, count] : counts) {
      bag[word] = (1 + std::log(count)) * std::log(texts.texts / texts.holders.at(word));
      squares += bag[word] * bag[word];
    }
    for (auto& [word, weight] : bag) weight /= std::sqrt(squares);
    units.push_back(bag);
  }
  TfidfOptions options;
  options.decay = 0.8;
  Tfidf model(options);
  model.fit(world.data());
  expect_scores(model, texts, units, units, 0.8);
}

TEST(Bm25, EqualsTheFormulaOverBagsOfWords) {
  const SmallWorld world = wordy_world();
  const Texts texts = counted(world);
  std::vector<Bag> asks, offers;
  Bm25Options options;
  options.k1 = 1.7;
  options.b = 0.4;
  options.decay = 0.8;
  for (std::size_t item = 0; item < 30; ++item) {
    Bag ask, offer;
    for (const auto& [word, count] : texts.counts[item]) {
      const double n = texts.holders.at(word);
      ask[word] = count / texts.lengths[item];
      offer[word] = std::log(1 + (texts.texts - n + 0.5) / (n + 0.5)) * count * 2.7 /
                    (count + 1.7 * (0.6 + 0.4 * texts.lengths[item] / texts.mean_length));
    }
    asks.push_back(ask);
    offers.push_back(offer);
  }
  Bm25 model(options);
  model.fit(world.data());
  expect_scores(model, texts, asks, offers, 0.8);
}

template <class Options>
class SparseContentModels : public ::testing::Test {};
using Models = ::testing::Types<TfidfOptions, Bm25Options>;
TYPED_TEST_SUITE(SparseContentModels, Models);

TYPED_TEST(SparseContentModels, ReachItemsThatNobodyTouched) {
  const SmallWorld world = small_world(20, 24, 1, 4, /*cold=*/4);
  const auto model = TypeParam().build();
  model->fit(world.data());
  const std::vector<std::int32_t> history = {2, 6};  // theme 2; of the cold items 20 to 23, number 22
  const auto scores = scores_of(*model, {.history = history});
  for (const int other : {20, 21, 23}) EXPECT_GT(scores[22], scores[other]);
  const auto* similar = dynamic_cast<const FindsSimilarItems*>(model.get());
  for (const auto& entry : similar->similar_items(22, 5)) EXPECT_EQ(entry.index % 4, 2);
}

TYPED_TEST(SparseContentModels, TakeWordsAsAnItemThatHasThem) {
  const SmallWorld world = wordy_world();
  const auto model = TypeParam().build();
  model->fit(world.data());
  SafetensorsWriter out;
  model->save(out, "");
  const auto path = std::filesystem::path(::testing::TempDir()) / (std::string(model->name()) + ".safetensors");
  out.write(path);
  const auto loaded = TypeParam().build();
  loaded->load(SafetensorsFile(path), "");
  std::int32_t item = 8;
  while (words(world.item_texts[item]).size() < 3) ++item;
  const std::vector<std::int32_t> one = {item}, two = {2, item};
  for (const Recommender* const asked : {model.get(), loaded.get()}) {
    // Words that no item has are not said.
    const std::string said = "unheard " + world.item_texts[item];
    EXPECT_TRUE(asked->personalises({.words = said}));
    EXPECT_EQ(scores_of(*asked, {.words = said}), scores_of(*asked, {.history = one}));
    const auto both = scores_of(*asked, {.history = std::span(two).first(1), .words = said}),
               wanted = scores_of(*asked, {.history = two});
    for (std::size_t i = 0; i < both.size(); ++i)
      if (world.item_texts[i].empty())
        EXPECT_EQ(both[i], kMasked);
      else
        EXPECT_NEAR(both[i], wanted[i], 1e-6);
    EXPECT_FALSE(asked->personalises({.words = "unheard of"}));
    EXPECT_EQ(scores_of(*asked, {.history = one, .words = "unheard of"}), scores_of(*asked, {.history = one}));
  }
}

TYPED_TEST(SparseContentModels, AreNotPersonalForAHistoryWithoutWords) {
  const SmallWorld world = wordy_world();
  const auto model = TypeParam().build();
  model->fit(world.data());
  const std::vector<std::int32_t> silent = {7};
  EXPECT_FALSE(model->personalises({.history = silent}));
}

TYPED_TEST(SparseContentModels, RefuseItemsWithoutAnyWord) {
  SmallWorld world = small_world(5, 6);
  const auto model = TypeParam().build();
  for (std::string& text : world.item_texts) text = "...";
  EXPECT_THROW(model->fit(world.data()), Error);
  world.item_texts.resize(3);
  EXPECT_THROW(model->fit(world.data()), Error);
}

TYPED_TEST(SparseContentModels, SurviveTextsThatAreAllTheSame) {
  SmallWorld world = small_world(5, 6);
  const auto model = TypeParam().build();
  for (std::string& text : world.item_texts) text = "one text";
  model->fit(world.data());
  for (const float score : scores_of(*model, {.history = world.interactions.row_indices(0)}))
    EXPECT_TRUE(std::isfinite(score));
}

}  // namespace
}  // namespace genre
