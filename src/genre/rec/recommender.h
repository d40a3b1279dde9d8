// The recommender contract. A model is configured by construction (its Options), fitted once on interactions, and then
// scores every item for any history: known users, strangers with a few clicks, or words. tests: contract_test.cc runs
// the same suite over every entry of recommender_types().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "genre/base/safetensors.h"
#include "genre/config/fields.h"
#include "genre/linalg/csr.h"
#include "genre/linalg/matrix.h"
#include "genre/linalg/top_k.h"
#include "genre/rec/language_models.h"

namespace genre {

class Recommender;

// A model that was fitted before, on other data or on an earlier part of these: where a fit begins.
struct StartingPoint {
  const Recommender& model;
  std::span<const std::int32_t> items;  // I: the number of an item there, or -1
  std::span<const std::uint8_t> known;  // aligned with interactions.indices: 1 for an event that it has learnt from
};

struct TrainingData {
  const CsrMatrix& interactions;  // U x I, positive interactions of the training part, value = event weight
  ConstMatrixView item_vectors;   // I x D, rows of unit length (zero rows: no text), or empty where there is no text
  std::uint64_t seed = 7;         // feeds every random stream of the model
  // U x I, every event of the training part, liked or not, with its value as given, the last of repeats. Null: the
  // interactions are all there is.
  const CsrMatrix* ratings = nullptr;
  // Aligned with interactions.indices: milliseconds UTC of the last such event. Empty: nobody knows.
  std::span<const std::int64_t> times = {};
  std::span<const std::string> item_texts = {};  // I, "" where an item has none; or empty
  const CsrMatrix* item_features = nullptr;      // I x F, 1 where the item's fields have the value; or null
  // Aligned as times: numbers that rise in the order in which a user met the items. Read where there are no times;
  // empty: ids stand for it.
  std::span<const std::int64_t> order = {};
  std::span<const std::string> feature_names = {};  // F, "genres=Drama"; or empty
  // For models whose options name one (RecommenderOptions::start); or null.
  const StartingPoint* start = nullptr;
  // Told during the fit how many of how many like pieces of it are done, where it has such. May be empty.
  std::function<void(std::int64_t done, std::int64_t of)> progress = {};
};

// What the memory of a fit depends on.
struct DataSize {
  std::int64_t users = 0, items = 0, interactions = 0;  // interactions: events of the training part
  std::int64_t dimension = 0;                           // of item vectors; 0: none
  std::int64_t text_bytes = 0;                          // of all item texts; 0: none, or nobody knows
};

// Somebody who wants items. Views must outlive the call only.
struct Query {
  std::optional<std::int32_t> user;            // internal id when the user was in training, see remembers_users
  std::span<const std::int32_t> history;       // item ids, oldest first, no duplicates
  std::span<const float> history_values = {};  // event weights, or empty: all 1
  std::span<const std::int32_t> seen = {};  // likewise every item touched, liked or not; or empty: the history is all
  std::span<const float> text = {};         // D, unit length: words of the user encoded by the language model; or empty
  std::string_view words = {};              // the same as they were said; or empty
};

class Recommender {
 public:
  virtual ~Recommender() = default;

  virtual std::string_view name() const = 0;

  // Learns from scratch, forgetting what was learnt before. Throws Error(kData) when the data cannot be learnt from
  // (no interaction, no item vectors where the model needs them).
  virtual void fit(const TrainingData& data) = 0;

  // Fills scores (queries.size() x I), higher is better; kMasked where the model has nothing to say about an item.
  // Does not leave out the history. Throws Error(kRuntime) before fit or load. Thread-safe after them; one thread.
  virtual void score(std::span<const Query> queries, MatrixView scores) const = 0;

  // Whether the answer depends on this query, so that a caller can fall back and say so.
  virtual bool personalises(const Query& query) const = 0;

  // Whether query.user brings back what training learnt of that user, beyond what the history says. A caller that knows
  // of newer events leaves query.user out, and the model folds the history in.
  virtual bool remembers_users() const { return false; }

  // Whether a row of scores costs less among hundreds of queries than among dozens, as it does where the weights are
  // more than a cache holds and are read once for all.
  virtual bool gains_from_many_queries() const { return true; }

  // Whether an answer takes the run of a language model: a hundred times what others take, and not the same to the last
  // digits on every machine.
  virtual bool asks_language_models() const { return false; }

  virtual std::int64_t items() const = 0;  // I; 0 before fit or load

  // Weights under names that start with `prefix`. The writer's views live until the model changes or dies.
  virtual void save(SafetensorsWriter& out, const std::string& prefix) const = 0;
  // Copies what it needs. Throws Error(kData) naming the tensor that is missing or has a wrong shape.
  virtual void load(const SafetensorsFile& in, const std::string& prefix) = 0;
};

// Optional power: why an item was recommended, as the history items that spoke for it.
class Explains {
 public:
  virtual ~Explains() = default;
  // At most `count` items of query.history with the largest positive share of the item's score, best first.
  virtual std::vector<ScoredIndex> explain(const Query& query, std::int32_t item, int count) const = 0;
};

// The `count` largest of the shares that are above 0, in ranking order.
std::vector<ScoredIndex> best_positive(std::vector<ScoredIndex> shares, int count);

// Optional power: items like an item.
class FindsSimilarItems {
 public:
  virtual ~FindsSimilarItems() = default;
  virtual std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const = 0;  // without the item itself
};

// Optional power: the best items of one query sooner than by a score for each.
class FindsBest {
 public:
  virtual ~FindsBest() = default;
  // The list that the scores give, but that scores may differ in their last digits, and items whose scores differ by no
  // more may change places. Thread-safe; one thread.
  virtual std::vector<ScoredIndex> find_best(const Query& query, const RankOptions& options) const = 0;
};

// Optional power: score() is the rating that the user would give, in the units of TrainingData::ratings. A stranger's
// history counts as liked: rated as the mean positive interaction of training was.
class PredictsRatings {
 public:
  virtual ~PredictsRatings() = default;
  virtual std::pair<float, float> rating_range() const = 0;  // the smallest and the largest of training
};

// Optional power: learns new events on top of what it knows, in the time that those take and a pass over its weights.
class UpdatesIncrementally {
 public:
  virtual ~UpdatesIncrementally() = default;
  // For a model that has learnt `before`, by fit and updates: makes it what fit would make of both together, each score
  // to 1e-5 of its size. Both have the same users and items (number those to come from the start), share no pair of
  // user and item, and have times or have none; a model that reads the order of events wants those of `more` to be
  // later than those of the same user in `before`. Throws Error(kRuntime) before fit or load, and Error(kData) for data
  // that is not so; the model is then as it was.
  virtual void update(const TrainingData& before, const TrainingData& more) = 0;
};

// One ranking: score, mask, top k, or the model's own way to the same. Fewer than k only where fewer items are eligible
// and scored.
std::vector<ScoredIndex> recommend(const Recommender& model, const Query& query, const RankOptions& options);

// Options of a recommender that can also build it.
class RecommenderOptions : public config::NamedOptions {
 public:
  virtual std::unique_ptr<Recommender> build() const = 0;
  virtual bool needs_item_vectors() const { return false; }
  virtual bool needs_item_texts() const { return false; }
  // The most bytes that fit() holds beside its input. What save() writes is part of it.
  virtual std::int64_t fit_bytes(const DataSize& size) const = 0;
  // Changes with what else decides a fit beside these options and the data: what the files of a language model hold
  // that is asked. "": nothing does. After connect.
  virtual std::string outside() const { return ""; }
  // The folder of the run whose model a fit begins with, for those that can begin elsewhere than at random; or "".
  virtual std::string start() const { return ""; }
  // Where what is built finds language models, for those that ask them something; before build.
  virtual void connect(std::shared_ptr<const LanguageModels> /*models*/) {}
};

}  // namespace genre
