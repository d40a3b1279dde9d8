// Who belongs to train, validation and test.
#pragma once

#include <cstdint>
#include <vector>

#include "genre/data/dataset.h"
#include "genre/data/options.h"

namespace genre {

// Part of each interaction; `interactions` are sorted by user, time, row. kinds:
//   temporal       all interactions in order of time, then user, item and row; the first ratio[0] train, the last
//                  ratio[2] test
//   user_ratio     a random ratio[1] and ratio[2] of each user's; the counts are rounded at random, so that the shares
//   hold
//                  over all users; a user keeps at least one for train
//   leave_one_out  the last of each user is test, the one before validation; with two interactions, train and test;
//   with
//                  one, train
//   cold_item      all interactions of a random ratio[2] of the items are test, of another ratio[1] validation
//   none           all train ("files" is the reader's matter)
// Throws Error(kConfig) unless ratio is three shares that add up to 1 and train has one.
std::vector<std::uint8_t> split_parts(const Interactions& interactions, std::int32_t items, const SplitOptions& options,
                                      std::uint64_t seed);

void check_ratio(const std::vector<double>& ratio);

}  // namespace genre
