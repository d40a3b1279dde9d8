// Everything that decides what is trained and measured. [serve] belongs to the service and is added by the program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "genre/config/fields.h"
#include "genre/data/external_vectors.h"
#include "genre/data/item_features.h"
#include "genre/data/options.h"
#include "genre/lm/options.h"
#include "genre/rec/recommender.h"

namespace genre {

// The [evaluate] table.
struct EvaluateOptions {
  std::vector<std::string> metrics = {"ndcg@10", "recall@10", "recall@20", "map@20", "mrr@10", "hr@10"};
  std::string candidates = "all";        // all, cold (only items without training interactions), sampled:N
  std::string negatives;                 // file of the sampled candidates; empty: drawn
  std::string history = "all";           // all, train, words: what models are asked with
  int short_history = 5;                 // at most so many positive interactions before the test part
  int resamples = 1000;                  // of the bootstrap
  std::string similarity = "auto";       // of items, behind diversity: auto, vectors, features, interactions
  std::string calibration_field;         // item field; empty: the first of several values and few different ones
  std::vector<std::string> user_groups;  // user fields
  std::vector<std::string> item_groups;  // item fields
  bool all_folds = false;                // every fold of split.kind = "k_fold" in turn, in place of split.fold
  int seeds = 1;                         // trainings of each model: with seed, seed + 1, ...
  std::string published_source;          // who reports ComparedModel::published
  void fields(config::Fields& f);
};

// An entry of [[models]]: a recommender's own table, with what others report of it beside its parameters.
struct ComparedModel : config::NamedOptions {
  explicit ComparedModel(std::shared_ptr<RecommenderOptions> options) : model(std::move(options)) {}
  std::shared_ptr<RecommenderOptions> model;
  std::map<std::string, double> published;  // metric -> value; in no digest
  std::string_view name() const override { return model->name(); }
  void fields(config::Fields& f) override;
};

struct EngineConfig {
  std::int64_t seed = 7;
  int threads = 0;
  DataOptions data;
  ItemTextOptions item_text;
  ItemFeatureOptions item_features;
  ItemVectorOptions item_vectors;
  LmOptions lm;
  std::shared_ptr<config::NamedOptions> model;
  std::vector<std::shared_ptr<config::NamedOptions>> models;  // ComparedModel
  EvaluateOptions evaluate;
  std::filesystem::path base_folder = ".";  // what relative paths count from; no key

  void fields(config::Fields& f);

  // The one of [model], or all of [[models]]. Throws Error(kConfig) when there is none or both.
  std::vector<std::shared_ptr<RecommenderOptions>> recommenders() const;
  // Whether any of them reads item vectors that no file brings.
  bool wants_language_model() const;

  std::string digest() const;       // of everything
  std::string data_digest() const;  // of seed and [data]: equal digests and sources prepare the same dataset
};

}  // namespace genre
