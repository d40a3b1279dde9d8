#include "genre/engine/user_groups.h"

#include <algorithm>
#include <cmath>

#include "genre/base/random.h"
#include "genre/base/thread_pool.h"

namespace genre {
namespace {

constexpr double kRounding = 1e-12;

struct Extremes {
  std::size_t lowest, highest;
  double gap;
};

// labels[i] is the group of values[i].
Extremes extremes(std::span<const std::size_t> labels, std::span<const double> values, std::size_t groups) {
  std::vector<double> sum(groups, 0), count(groups, 0);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    sum[labels[i]] += values[i];
    ++count[labels[i]];
  }
  for (std::size_t g = 0; g < groups; ++g) sum[g] /= count[g];
  const auto [low, high] = std::minmax_element(sum.begin(), sum.end());
  return {static_cast<std::size_t>(low - sum.begin()), static_cast<std::size_t>(high - sum.begin()), *high - *low};
}

double permutation_p(std::span<const std::size_t> labels, std::span<const double> values, std::size_t groups,
                     double gap, std::uint64_t seed, int resamples) {
  std::vector<std::uint8_t> as_wide(resamples, 0);
  global_pool().parallel_for(as_wide.size(), 16, [&](std::size_t begin, std::size_t end, int) {
    std::vector<std::size_t> shuffled(labels.begin(), labels.end());
    for (std::size_t r = begin; r < end; ++r) {
      // Every resample starts from the same order and has a stream of its own, so that threads cannot change a result.
      std::copy(labels.begin(), labels.end(), shuffled.begin());
      RandomStream random(seed + 0x9e3779b97f4a7c15ULL * (r + 1), "user groups");
      random.shuffle(std::span<std::size_t>(shuffled));
      as_wide[r] = extremes(shuffled, values, groups).gap >= gap - kRounding ? 1 : 0;
    }
  });
  const auto wide = std::count(as_wide.begin(), as_wide.end(), 1);
  return static_cast<double>(wide + 1) / static_cast<double>(resamples + 1);
}

}  // namespace

UserGroupResult compare_user_groups(const FieldGroups& groups, std::span<const std::int32_t> users,
                                    const std::map<std::string, std::vector<double>>& per_user, std::uint64_t seed,
                                    int resamples) {
  UserGroupResult out{.field = groups.field, .groups = {}, .gaps = {}};
  const std::size_t none = groups.names.size();
  std::vector<std::vector<std::size_t>> queries(none + 1);
  for (std::size_t q = 0; q < users.size(); ++q) {
    const auto of_user = groups.members.row_indices(users[q]);
    queries[of_user.empty() ? none : of_user.front()].push_back(q);
  }
  std::vector<std::size_t> large;  // of groups.names
  for (std::size_t g = 0; g <= none; ++g) {
    if (queries[g].empty()) continue;
    UserGroup group{.name = g == none ? "" : groups.names[g],
                    .users = static_cast<std::int64_t>(queries[g].size()),
                    .in_gap = g != none && static_cast<std::int64_t>(queries[g].size()) >= kSmallestGroup,
                    .metrics = {}};
    if (group.in_gap) large.push_back(g);
    for (const auto& [metric, values] : per_user) {
      std::vector<double> own;
      for (const std::size_t q : queries[g]) own.push_back(values[q]);
      group.metrics[metric] = bootstrap_mean(own, seed, resamples);
    }
    out.groups.push_back(std::move(group));
  }
  if (large.size() < 2) return out;
  for (const auto& [metric, values] : per_user) {
    std::vector<std::size_t> labels, named;  // named: which of groups.names a label is
    std::vector<double> own;
    for (const std::size_t g : large) {
      const std::size_t before = own.size();
      for (const std::size_t q : queries[g])
        if (!std::isnan(values[q])) own.push_back(values[q]);
      if (own.size() == before) continue;
      labels.resize(own.size(), named.size());
      named.push_back(g);
    }
    if (named.size() < 2) continue;
    const Extremes found = extremes(labels, own, named.size());
    out.gaps[metric] = {found.gap, groups.names[named[found.highest]], groups.names[named[found.lowest]],
                        permutation_p(labels, own, named.size(), found.gap, seed, resamples)};
  }
  return out;
}

}  // namespace genre
