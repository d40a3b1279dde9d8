// How well groups of users are served, by a field such as age or gender, and how far the best served is from the worst.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "genre/engine/field_groups.h"
#include "genre/eval/bootstrap.h"

namespace genre {

inline constexpr std::int64_t kSmallestGroup = 20;  // smaller groups are reported and left out of gaps

struct UserGroup {
  std::string name;  // "" for the users whose field is empty, who are left out of gaps
  std::int64_t users = 0;
  bool in_gap = false;
  std::map<std::string, Interval> metrics;
};

// The largest mean among the groups minus the smallest. Among many groups some gap is to be expected: p is the share of
// random re-assignments of the same users to groups of the same sizes that have a gap at least as wide (a permutation
// test, Fisher; one is added above and below).
struct GroupGap {
  double gap = 0;
  std::string highest, lowest;
  double p = 1;
};

struct UserGroupResult {
  std::string field;
  std::vector<UserGroup> groups;
  std::map<std::string, GroupGap> gaps;  // by metric; none where fewer than two groups are large enough
};

// `members` of `groups` has one row a user of the dataset; `users` are the queries, `per_user` their values by metric,
// NaN where undefined. Deterministic in the seed; global pool.
UserGroupResult compare_user_groups(const FieldGroups& groups, std::span<const std::int32_t> users,
                                    const std::map<std::string, std::vector<double>>& per_user, std::uint64_t seed,
                                    int resamples);

}  // namespace genre
