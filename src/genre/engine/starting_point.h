// A trained run whose model a fit begins with, as it stands to other data: which of their items and events it knows.
#pragma once

#include <filesystem>
#include <vector>

#include "genre/engine/artifact.h"
#include "genre/rec/recommender.h"

namespace genre {

// Of the model that these options start from: changes with anything in its artifact. "" without one. Throws
// Error(kNotFound).
std::string start_digest(const RecommenderOptions& options);

class FittedBefore {
 public:
  // `run` is a run or an artifact folder, `interactions` (U x I) those of users and items of `dataset`; `encoder_id`
  // names the language model of its item vectors, "" where there are none. Throws Error(kNotFound), and Error(kData)
  // for a damaged artifact or where both know items by the vectors of different language models.
  FittedBefore(const std::filesystem::path& run, const Dataset& dataset, const CsrMatrix& interactions,
               const std::string& encoder_id);

  // Valid as long as this lives.
  StartingPoint point() const { return {*artifact_.model, items_, known_}; }

 private:
  Artifact artifact_;
  std::vector<std::int32_t> items_;
  std::vector<std::uint8_t> known_;
};

}  // namespace genre
