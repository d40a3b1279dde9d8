#include "genre/engine/list_quality.h"

#include <fmt/format.h>

#include "genre/base/error.h"
#include "genre/base/not_a_number.h"
#include "genre/eval/beyond_accuracy.h"
#include "genre/eval/calibration.h"
#include "genre/eval/list_diversity.h"
#include "genre/eval/serendipity.h"

namespace genre {
namespace {

FieldGroups head_and_tail(const CsrMatrix& train) {
  std::vector<double> popularity(train.cols, 0);
  for (const std::int32_t item : train.indices) ++popularity[item];
  const auto head = head_items(popularity);
  std::vector<Triplet> entries;
  for (std::int32_t item = 0; item < static_cast<std::int32_t>(head.size()); ++item)
    entries.push_back({item, head[item] != 0 ? 0 : 1, 1.0f});
  return {"popularity", {"head", "tail"}, csr_from_triplets(train.cols, 2, std::move(entries))};
}

Error missing(const std::string& what, const std::string& hint) {
  return {ErrorCode::kConfig, "evaluate.similarity asks for " + what, hint, {.key = "evaluate.similarity"}};
}

}  // namespace

ListQualityMeter::ListQualityMeter(const Dataset& dataset, const EvaluateOptions& options,
                                   const SimilaritySources& side, const CsrMatrix& train)
    : side_(side), resamples_(options.resamples), similarity_(Similarity::kInteractions) {
  std::string field = options.calibration_field;
  if (field.empty()) field = categorical_field(dataset.item_fields, side.separator).value_or("");
  if (!field.empty())
    kinds_ = field_groups(dataset.item_fields, "item", field, side.separator, "evaluate.calibration_field");

  item_groups_.push_back(head_and_tail(train));
  for (const auto& name : options.item_groups)
    item_groups_.push_back(field_groups(dataset.item_fields, "item", name, side.separator, "evaluate.item_groups"));

  const bool configured = side.features != nullptr && side.features->cols > 0;
  const bool has_features = configured || !kinds_.names.empty();
  if (options.similarity == "vectors" && side.vectors.empty())
    throw missing("item vectors, and there are none", "name a model that reads item text, or a file in [item_vectors]");
  if (options.similarity == "features" && !has_features)
    throw missing("item features, and there are none", "name item fields in item_features.fields");
  if (options.similarity == "vectors" || (options.similarity == "auto" && !side.vectors.empty())) {
    similarity_ = Similarity::kVectors;
    similarity_name_ = "cosine of item vectors";
  } else if (options.similarity == "features" || (options.similarity == "auto" && has_features)) {
    similarity_ = Similarity::kFeatures;
    sets_ = configured ? *side.features : kinds_.members;
    similarity_name_ = "Jaccard of " + (configured ? "item_features" : kinds_.field);
  } else {
    sets_ = transpose(train);
    similarity_name_ = "cosine of training interactions";
  }
}

std::vector<double> ListQualityMeter::diversity(const Rankings& rankings, int k) const {
  switch (similarity_) {
    case Similarity::kVectors:
      return diversity_by_vectors(rankings, k, side_.vectors);
    case Similarity::kFeatures:
      return diversity_by_features(rankings, k, sets_);
    case Similarity::kInteractions:
      return diversity_by_users(rankings, k, sets_);
  }
  return {};
}

ListQuality ListQualityMeter::measure(const Rankings& rankings, int k, const Judgements& judgements,
                                      const Rankings& popular, std::span<const std::int64_t> history_offsets,
                                      std::span<const std::int32_t> history, std::uint64_t seed) const {
  const auto mean = [&](const std::vector<double>& values) { return bootstrap_mean(values, seed, resamples_); };
  ListQuality out{.k = k,
                  .intra_list_diversity = mean(diversity(rankings, k)),
                  .serendipity = mean(serendipity(rankings, k, judgements, popular)),
                  .calibration = {kNan, kNan, kNan},
                  .similarity = similarity_name_,
                  .calibration_field = kinds_.field,
                  .exposure = {}};
  if (!kinds_.field.empty()) out.calibration = mean(calibration(rankings, k, history_offsets, history, kinds_.members));
  for (const FieldGroups& groups : item_groups_) {
    ItemGroupExposure entry{groups.field, groups.names, group_exposure(rankings, k, judgements, groups.members)};
    // The last entry is of the items without a group: there need be none.
    if (entry.exposure.back().items > 0)
      entry.names.emplace_back();
    else
      entry.exposure.pop_back();
    out.exposure.push_back(std::move(entry));
  }
  return out;
}

}  // namespace genre
