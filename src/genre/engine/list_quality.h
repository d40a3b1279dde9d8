// What lists are like beside being right, user by user and group by group of items: diversity inside a list,
// serendipity, calibration, exposure. eval/ has the definitions; here is what they are measured with.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/engine/config.h"
#include "genre/engine/field_groups.h"
#include "genre/eval/bootstrap.h"
#include "genre/eval/exposure.h"
#include "genre/eval/metrics.h"
#include "genre/linalg/matrix.h"

namespace genre {

// What is known of items beside the dataset. Views; empty where there is nothing.
struct SimilaritySources {
  ConstMatrixView vectors;                  // I x D
  const CsrMatrix* features = nullptr;      // I x F, of [item_features]
  std::string separator = "|";              // of item_features.separator: parts the values of a field
  std::span<const std::string> texts = {};  // I
};

struct ItemGroupExposure {
  std::string field;                    // "popularity" for head and tail
  std::vector<std::string> names;       // "" for items without a value
  std::vector<GroupExposure> exposure;  // parallel to names
};

struct ListQuality {
  int k = 0;
  Interval intra_list_diversity = {}, serendipity = {}, calibration = {};  // means over users
  std::string similarity;         // behind the diversity: "cosine of item vectors", "Jaccard of genres", ...
  std::string calibration_field;  // empty: no field, calibration is NaN
  std::vector<ItemGroupExposure> exposure;
};

// Prepared once, asked for every model. Throws Error(kConfig) where a field of evaluate.calibration_field or
// evaluate.item_groups is unknown, or what evaluate.similarity names is not there. Keeps the views of `side`.
class ListQualityMeter {
 public:
  // `train` is U x I, binary.
  ListQualityMeter(const Dataset& dataset, const EvaluateOptions& options, const SimilaritySources& side,
                   const CsrMatrix& train);

  // At cut-off k. `popular` is what popularity would have shown the same users; histories as of calibration().
  ListQuality measure(const Rankings& rankings, int k, const Judgements& judgements, const Rankings& popular,
                      std::span<const std::int64_t> history_offsets, std::span<const std::int32_t> history,
                      std::uint64_t seed) const;

 private:
  std::vector<double> diversity(const Rankings& rankings, int k) const;

  SimilaritySources side_;
  int resamples_;
  CsrMatrix sets_;  // of items, for Jaccard: values; for cosine of training interactions: users
  FieldGroups kinds_;
  std::vector<FieldGroups> item_groups_;
  enum class Similarity { kVectors, kFeatures, kInteractions } similarity_;
  std::string similarity_name_;
};

}  // namespace genre
