// Few candidates in the order in which a language model would recommend them: a decoder, trained for it or not, or a
// text classifier that was trained for it. Source: Bao et al., "TALLRec: An effective and efficient tuning framework to
// align large language model with recommendation", RecSys 2023.
#pragma once

#include "genre/data/preference_prompt.h"
#include "genre/rec/item_texts.h"
#include "genre/rec/recommender.h"

namespace genre {

struct LmRankOptions : RecommenderOptions {
  std::string decoder = "SmolLM2-135M-Instruct";     // catalogue name, folder or GGUF file
  std::string adapter;                               // what `genre lm finetune` left: a folder; or none
  std::string classifier;                            // of the labels yes and no, asked instead of a decoder; or none
  std::shared_ptr<config::NamedOptions> candidates;  // a recommender
  int candidate_count = 20, events = 10;
  std::string judge = "yes";  // yes, title
  std::string prompt;         // preference_prompt.h
  LmRankOptions();            // candidates by item_knn
  std::string_view name() const override { return "lm_rank"; }
  void fields(config::Fields& f) override;
  // Throws Error(kConfig) for a prompt that cannot be read or does not fit the judge, and for a judge or an adapter
  // that a classifier has no use for.
  PreferencePrompt question() const;
  std::unique_ptr<Recommender> build() const override;  // throws as question
  bool needs_item_vectors() const override;
  bool needs_item_texts() const override { return true; }
  // Opens the decoder for the size of its weights. Those of a classifier are not counted.
  std::int64_t fit_bytes(const DataSize& size) const override;
  std::string outside() const override;
  void connect(std::shared_ptr<const LanguageModels> models) override;

 private:
  std::shared_ptr<const LanguageModels> models_;
};

// The candidates of a query are the best `candidate_count` items of the candidate model that have a text and are not in
// the history, nor among the items seen. The score of one is
//
//   judge "yes":    ln p(yes | prompt) - ln p(no | prompt), the prompt naming history, words and candidate
//   judge "title":  ln p(text | prompt) / its tokens, the prompt naming history and words
//
// where a classifier's p(yes | prompt) is the probability of its label. All other items stand below them in the order
// of the candidate model, 1 apart, equal ones level. Whom the candidate model scores all items alike for, and of whom
// the prompt would tell nothing, gets its answer as it is. The history is its newest `events` items that have
// a text, where the prompt has {disliked} the newest `events` items seen that have one; event weights are not used. A
// list costs a decoder one reading of history and words, and of each candidate, and a classifier one of each prompt.
class LmRank : public Recommender {
 public:
  LmRank(const LmRankOptions& options, std::shared_ptr<const LanguageModels> models);
  std::string_view name() const override { return "lm_rank"; }
  // Throws Error(kConfig) where no decoder is named or a classifier lacks a label, Error(kData) where no item has a
  // text, and what opening the language model and fitting the candidate model throw.
  void fit(const TrainingData& data) override;
  // Throws Error(kResources) where a prompt is longer than the decoder reads, Error(kInterrupted) after a signal. Of a
  // longer prompt a classifier reads the beginning.
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  bool remembers_users() const override { return candidates_->remembers_users(); }
  bool gains_from_many_queries() const override { return false; }
  bool asks_language_models() const override { return true; }
  std::int64_t items() const override { return candidates_->items() == texts_.size() ? texts_.size() : 0; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  // Opens decoder and adapter, or the classifier, by the names that they had when the model was fitted, wherever this
  // runs. Also throws Error(kData) where they are not what they were.
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 private:
  std::shared_ptr<const WeighsAnswers> open_decoder(const std::string& name, const std::string& adapter) const;
  std::shared_ptr<const WeighsAnswers> open_classifier(const std::string& name) const;
  bool can_ask(const Query& query) const;
  ToldHistory told(const Query& query, int most) const;
  void put_in_order(const Query& query, std::span<float> scores) const;
  std::vector<float> judge(const Query& query, std::span<const std::int32_t> candidates) const;

  std::string decoder_name_, adapter_name_, classifier_name_;
  PreferencePrompt question_;
  int candidate_count_, events_;
  std::unique_ptr<Recommender> candidates_;
  std::shared_ptr<const LanguageModels> models_;
  std::shared_ptr<const WeighsAnswers> asked_;
  bool asks_classifier_ = false;
  ItemTexts texts_;
};

}  // namespace genre
