// Recommendation through classes of preference that a language model reads from what somebody did or said. The
// classifier is trained with `genre lm finetune`. Source of what is made of its answer: Saerens, Latinne and
// Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities", Neural Computation 2002.
#pragma once

#include "genre/linalg/csr.h"
#include "genre/rec/item_texts.h"
#include "genre/rec/language_models.h"
#include "genre/rec/recommender.h"

namespace genre {

struct TextClassifierOptions : RecommenderOptions {
  std::string classifier;        // of the labels, by catalogue name or folder
  std::string field = "genres";  // of items, whose values are the labels; one of [item_features]
  int events = 20;
  double smoothing = 1, shrink = 0.05;
  std::string_view name() const override { return "text_classifier"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  bool needs_item_texts() const override { return true; }
  // Reads the classifier for the number of its labels.
  std::int64_t fit_bytes(const DataSize& size) const override;
  std::string outside() const override;
  void connect(std::shared_ptr<const LanguageModels> models) override { models_ = std::move(models); }

 private:
  std::shared_ptr<const LanguageModels> models_;
};

// score of item i = (n_i + smoothing) mean over the labels c of i of (p(c | text) + shrink) / (p(c) + shrink)
//
// n_i counts the interactions of i, p(c | text) is what the classifier says, p(c) the mean of it over users of
// training, 512 at most: an item is as good as it is popular, and better by what this user's labels are above
// everybody's. Where nothing is known of a user, or of the labels of an item, it is as good as it is popular. The text
// is the words of the query, then the texts of the newest `events` items of the history that have one, newest first, ";
// " between them: what `genre data export --as text --event "{item}"` writes for the classifier to learn from. Event
// weights are not used.
class TextClassifierRecommender : public Recommender {
 public:
  TextClassifierRecommender(TextClassifierOptions options, std::shared_ptr<const LanguageModels> models)
      : options_(std::move(options)), models_(std::move(models)) {}
  std::string_view name() const override { return "text_classifier"; }
  // Throws Error(kConfig) where no classifier is named, Error(kData) where items have no texts, or none of the labels.
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override { return !text_of(query).empty(); }
  bool asks_language_models() const override { return true; }
  std::int64_t items() const override { return labels_.rows; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  // Opens the classifier by the name that it had when the model was fitted, wherever this runs. Also throws
  // Error(kData) where it is not the one that it was.
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 private:
  std::shared_ptr<const LabelsTexts> open_classifier(const std::string& name) const;
  void learn_usual(const TrainingData& data);
  std::string text_of(const Query& query) const;

  TextClassifierOptions options_;
  std::shared_ptr<const LanguageModels> models_;
  std::shared_ptr<const LabelsTexts> classifier_;
  CsrMatrix labels_;               // I x L: 1 where an item has the label
  std::vector<float> popularity_;  // I: n_i + smoothing
  std::vector<float> usual_;       // L: p(c)
  ItemTexts texts_;
};

}  // namespace genre
