// Recommenders that read a history and say which item comes next. They differ in what reads it and in what their items
// are made of; each has options of its own (sasrec.h, lm_sasrec.h, bert4rec.h, hstu.h, gru4rec.h, two_tower.h).
#pragma once

#include <string>

#include "genre/rec/next_item_model.h"
#include "genre/rec/next_item_training.h"
#include "genre/rec/word_vectors.h"

namespace genre {

// What such a recommender is, as its options say.
struct NextItemPlan {
  NextItemTraining training;
  int text_components = 0;  // of the whitened text that items are made of; 0: no text
  bool words = false;       // items are made of the words of their texts too, each with a vector of its own
  bool features = false;    // items are made of their features too
  bool starts = false;      // from another model
};

struct NextItemOptions : RecommenderOptions {
  int factors = 64;
  int length = 50;
  double dropout = 0.4;
  int epochs = 20;
  int batch = 128;
  double learning_rate = 0.001;
  std::string schedule = "linear";
  double weight_decay = 0;
  NextItemLossOptions loss;
  ContrastOptions contrast;
  double feature_loss = 0;
  std::string start_run;
  double replay = 1;
  bool frozen_network = false;
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  bool needs_item_vectors() const override { return contrast.reads_text(); }
  std::string start() const override { return start_run; }
  // Throws Error(kConfig) where settings do not go together.
  virtual NextItemPlan plan() const = 0;

 protected:
  // What these options say of the training, for this network.
  NextItemTraining training(ReaderPlan reader) const;
};

// score of item j = state . item vector j, where the state is that of the newest history item, or of a mask behind it,
// in a network over the item vectors of the history, the last `length` of it with the mask; with a temperature both are
// of length 1 first. The vector of an item is the sum of
//
//   its own + map . whitened vector of its text + those of the words of its text + those of its features
//
// (or, of the text, a mixture of affine maps: trained_items.h), of which a model may have some alone; words are those
// that two items have (word_counts.h). What is trained is in next_item_training.h. Where items have text or words, the
// words of a query stand as an item with that text in front of the history. An item of which nothing is known, and that
// nobody has touched where sides count, is masked. Event weights are not used. A user is nothing but a history, so that
// strangers are answered as well as anybody. Without times the order of interactions is that of ids, which says little.
class NextItemRecommender : public Recommender, public FindsSimilarItems, public FindsBest {
 public:
  NextItemRecommender(std::string_view name, NextItemPlan plan) : name_(name), plan_(std::move(plan)) {}
  std::string_view name() const override { return name_; }
  // From data.start, where there is one (next_item_start.h, replay.h); its model reads histories with a network of the
  // same shape, and its items may be made of other parts. Throws Error(kData) where the plan wants texts, words or
  // features that the data does not have, Error(kConfig) for a start of another kind or shape, and for no epochs
  // without a start.
  void fit(const TrainingData& data) override;
  // Throws Error(kData) for a query text of another width.
  void score(std::span<const Query> queries, MatrixView scores) const override;
  std::vector<ScoredIndex> find_best(const Query& query, const RankOptions& options) const override;
  bool personalises(const Query& query) const override { return !query.history.empty() || says_something(query); }
  std::int64_t items() const override { return model_.items(); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;  // by cosine

 private:
  bool reads_text() const { return plan_.text_components > 0; }
  // `words`: those of this training.
  NextItemStart start_of(const TrainingData& data, const Whitening& whitening,
                         std::span<const std::string> words) const;
  void set_text(Matrix map, std::vector<float> shift);
  bool says_something(const Query& query) const;
  Matrix said(std::span<const Query> queries) const;

  std::string name_;
  NextItemPlan plan_;
  NextItemModel model_;
  Matrix text_map_;                // N x L: what stands for a text's vector x is map . x + shift, or mixed from that
  std::vector<float> text_shift_;  // N
  PackedMatrix packed_map_;        // L x N
  WordVectors words_;
};

}  // namespace genre
