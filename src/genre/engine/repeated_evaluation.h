// The same evaluation on every fold of the data, or with several seeds of training, and what they say together.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "genre/engine/config.h"
#include "genre/engine/evaluation.h"
#include "genre/engine/training.h"

namespace genre {

// What differs from the configuration.
struct Repetition {
  std::string name;        // "fold 0", "seed 8", "fold 0, seed 8"
  int fold = 0;            // data.split.fold
  std::uint64_t seed = 7;  // of training; split, drawn candidates and intervals keep that of the configuration
};

// Every fold with every seed, folds in the outer loop; empty where the configuration asks for neither. Throws
// Error(kConfig) for all_folds without k_fold.
std::vector<Repetition> repetitions(const EngineConfig& config);

// Fits each model of the configuration with `seed` and ranks with it.
std::vector<ModelResult> fit_and_rank(const EngineConfig& config, const TrainingInputs& inputs,
                                      const Evaluation& evaluation, std::uint64_t seed);

// `inputs` are those of the first repetition's fold; another fold is prepared when its turn comes, in their place.
EvaluationResult evaluate_repeatedly(const EngineConfig& config, const std::vector<Repetition>& repetitions,
                                     TrainingInputs inputs, CachePolicy policy);

// One result out of those of the same models. A user's value of a metric is the mean over the repetitions that have
// one; `metrics` are means over all users with a value, with intervals and comparisons over users, for repetitions of
// one user are not independent. `repeated` has the mean of each repetition, their mean and their standard deviation.
// Values that no user has (auc, rmse, mae, slices, beyond accuracy, expectations under ties, seconds, users of a slice)
// are means over repetitions, without interval; fallback_users is the sum. Rankings, judgements and groups of users
// stay behind.
EvaluationResult pool_repetitions(std::vector<std::string> names, const std::vector<EvaluationResult>& each,
                                  std::uint64_t seed, int resamples);

}  // namespace genre
