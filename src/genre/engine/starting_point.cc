#include "genre/engine/starting_point.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/sha256.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

fs::path artifact_of(const fs::path& run) {
  std::error_code error;
  return fs::exists(run / "artifact", error) ? run / "artifact" : run;
}

}  // namespace

std::string start_digest(const RecommenderOptions& options) {
  if (options.start().empty()) return "";
  const fs::path manifest = artifact_of(options.start()) / "manifest.json";
  std::error_code error;
  if (!fs::exists(manifest, error))
    throw Error(ErrorCode::kNotFound, "there is no trained model to start from", "name a run of 'genre train'",
                {.file = manifest.string(), .key = "model.start"});
  return sha256_file(manifest);  // which has the digests of all other files
}

FittedBefore::FittedBefore(const fs::path& run, const Dataset& dataset, const CsrMatrix& interactions,
                           const std::string& encoder_id)
    : artifact_(load_artifact(artifact_of(run))), known_(interactions.indices.size()) {
  const std::string& before = artifact_.manifest.encoder_id;
  if (!before.empty() && !encoder_id.empty() && before != encoder_id)
    throw Error(ErrorCode::kData, "the model to start from knows items by another language model",
                "train both with the same [lm]", {.file = run.string(), .key = "model.start"});
  for (std::int32_t item = 0; item < dataset.items.size(); ++item)
    items_.push_back(artifact_.items.find(dataset.items.external(item)).value_or(-1));
  for (std::int32_t user = 0; user < dataset.users.size(); ++user) {
    const auto there = artifact_.users.find(dataset.users.external(user));
    if (!there) continue;
    std::vector<std::int32_t> learnt;
    for (std::int64_t n = artifact_.histories.offsets[*there]; n < artifact_.histories.offsets[*there + 1]; ++n)
      if (artifact_.trained[n] != 0) learnt.push_back(artifact_.histories.items[n]);
    std::ranges::sort(learnt);
    for (std::int64_t n = interactions.offsets[user]; n < interactions.offsets[user + 1]; ++n) {
      const std::int32_t item = items_[interactions.indices[n]];
      known_[n] = item >= 0 && std::ranges::binary_search(learnt, item) ? 1 : 0;
    }
  }
}

}  // namespace genre
