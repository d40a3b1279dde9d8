// Who belongs to train, validation and test.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/data/options.h"

namespace genre {

// Part of each interaction; `interactions` are sorted by user, time, row. kinds:
//   temporal       all interactions in order of time, then user, item and row; the first ratio[0] train, the last
//                  ratio[2] test
//   user_ratio     a random ratio[1] and ratio[2] of each user's; the counts are rounded at random, so that the shares
//                  hold over all users; a user keeps at least one for train
//   leave_one_out  the last of each user is test, the one before validation; with two interactions, train and test;
//                  with one, train
//   strong         a random ratio[2] of the users are held out for test, ratio[1] for validation: a random `fold_in` of
//                  each one's interactions, at least one, is the fold-in part, the rest is test or validation (strong
//                  generalisation: Marlin 2004; as in Liang et al., WWW 2018)
//   cold_item      all interactions of a random ratio[2] of the items are test, of another ratio[1] validation
//   cold_user      a random ratio[2] of the users are held out for test, ratio[1] for validation: the first `given`
//                  interactions of each are the fold-in part, the rest is test or validation
//   k_fold         the interactions of each user go round the `folds` in random order; `fold` is test, and of each
//                  user's rest a share ratio[1] / (ratio[0] + ratio[1]) is validation
//   none           all train ("files" is the reader's matter)
// Throws Error(kConfig) unless ratio is three shares that add up to 1, train has one, and fold < folds.
std::vector<std::uint8_t> split_parts(const Interactions& interactions, std::int32_t items, const SplitOptions& options,
                                      std::uint64_t seed);

// How much of the future a model may have seen: the mean over test interactions of the share of training interactions
// that came later. 0 for a temporal split; about one half where time plays no part. NaN without test or training.
double future_share(const Interactions& interactions);

struct PartCount {
  std::int64_t interactions = 0, users = 0, items = 0;  // users and items with at least one
};
std::array<PartCount, kParts> part_counts(const Dataset& dataset);

void check_ratio(const std::vector<double>& ratio);

}  // namespace genre
