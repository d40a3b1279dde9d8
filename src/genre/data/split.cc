#include "genre/data/split.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

constexpr auto kTrain = static_cast<std::uint8_t>(Part::kTrain);
constexpr auto kValid = static_cast<std::uint8_t>(Part::kValid);
constexpr auto kTest = static_cast<std::uint8_t>(Part::kTest);
constexpr auto kFoldIn = static_cast<std::uint8_t>(Part::kFoldIn);

std::vector<std::uint8_t> temporal(const Interactions& all, const std::vector<double>& ratio) {
  using Moment = std::tuple<std::int64_t, std::int32_t, std::int32_t, std::int64_t>;  // time, user, item, row
  std::vector<Moment> order;
  order.reserve(all.user.size());
  for (std::int64_t i = 0; i < all.size(); ++i) order.emplace_back(all.time[i], all.user[i], all.item[i], i);
  std::sort(order.begin(), order.end());
  const auto count = static_cast<double>(order.size());
  const auto first_valid = std::llround(count * ratio[0]);
  const auto first_test = std::max(first_valid, std::llround(count * (ratio[0] + ratio[1])));
  std::vector<std::uint8_t> out(order.size(), kTrain);
  for (std::int64_t i = first_valid; i < all.size(); ++i) out[std::get<3>(order[i])] = i < first_test ? kValid : kTest;
  return out;
}

// [begin, end) of each user's interactions.
template <class Body>
void for_each_user(const Interactions& all, const Body& body) {
  for (std::int64_t begin = 0, end = 0; begin < all.size(); begin = end) {
    while (end < all.size() && all.user[end] == all.user[begin]) ++end;
    body(begin, end);
  }
}

std::vector<std::uint8_t> user_ratio(const Interactions& all, const std::vector<double>& ratio, RandomStream random) {
  std::vector<std::uint8_t> out(all.user.size(), kTrain);
  std::vector<std::int64_t> rows;
  for_each_user(all, [&](std::int64_t begin, std::int64_t end) {
    rows.resize(static_cast<std::size_t>(end - begin));
    std::iota(rows.begin(), rows.end(), begin);
    random.shuffle(std::span(rows));
    const auto share = [&](double part) {
      return static_cast<std::int64_t>(std::floor(static_cast<double>(end - begin) * part + random.uniform()));
    };
    const std::int64_t most = end - begin - 1;
    const std::int64_t test = std::min(share(ratio[2]), most);
    const std::int64_t valid = std::min(share(ratio[1]), most - test);
    for (std::int64_t i = 0; i < test + valid; ++i) out[rows[i]] = i < test ? kTest : kValid;
  });
  return out;
}

std::vector<std::uint8_t> leave_one_out(const Interactions& all) {
  std::vector<std::uint8_t> out(all.user.size(), kTrain);
  for_each_user(all, [&](std::int64_t begin, std::int64_t end) {
    if (end - begin >= 2) out[end - 1] = kTest;
    if (end - begin >= 3) out[end - 2] = kValid;
  });
  return out;
}

// kTest or kValid for a random ratio[2] or ratio[1] of those that have interactions, kTrain for the others.
std::vector<std::uint8_t> hold_out(const std::vector<std::int32_t>& ids, std::int32_t count,
                                   const std::vector<double>& ratio, RandomStream& random) {
  std::vector<std::uint8_t> part_of(count, kTrain), used(count, 0);
  for (const auto id : ids) used[id] = 1;
  std::vector<std::int32_t> order;
  for (std::int32_t id = 0; id < count; ++id)
    if (used[id] != 0) order.push_back(id);
  random.shuffle(std::span(order));
  const auto held = static_cast<double>(order.size());
  const auto test = std::llround(held * ratio[2]), valid = std::llround(held * (ratio[1] + ratio[2])) - test;
  for (std::int64_t i = 0; i < test + valid; ++i) part_of[order[i]] = i < test ? kTest : kValid;
  return part_of;
}

std::vector<std::uint8_t> cold_item(const Interactions& all, std::int32_t items, const std::vector<double>& ratio,
                                    RandomStream random) {
  const auto part_of = hold_out(all.item, items, ratio, random);
  std::vector<std::uint8_t> out;
  out.reserve(all.item.size());
  for (const auto item : all.item) out.push_back(part_of[item]);
  return out;
}

// Held-out users show the rows that `shown(begin, end)` returns; all others are train.
template <class Shown>
std::vector<std::uint8_t> held_out_users(const Interactions& all, const std::vector<std::uint8_t>& part_of,
                                         const Shown& shown) {
  std::vector<std::uint8_t> out(all.user.size(), kTrain);
  for_each_user(all, [&](std::int64_t begin, std::int64_t end) {
    const std::uint8_t part = part_of[all.user[begin]];
    if (part == kTrain) return;
    std::fill(out.begin() + begin, out.begin() + end, part);
    for (const std::int64_t row : shown(begin, end)) out[row] = kFoldIn;
  });
  return out;
}

std::vector<std::uint8_t> strong(const Interactions& all, const SplitOptions& options, RandomStream random) {
  const std::int32_t users = all.user.empty() ? 0 : all.user.back() + 1;
  const auto part_of = hold_out(all.user, users, options.ratio, random);
  return held_out_users(all, part_of, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> rows(end - begin);
    std::iota(rows.begin(), rows.end(), begin);
    random.shuffle(std::span(rows));
    rows.resize(std::max<std::int64_t>(1, std::llround(static_cast<double>(end - begin) * options.fold_in)));
    return rows;
  });
}

std::vector<std::uint8_t> cold_user(const Interactions& all, const SplitOptions& options, RandomStream random) {
  const std::int32_t users = all.user.empty() ? 0 : all.user.back() + 1;
  const auto part_of = hold_out(all.user, users, options.ratio, random);
  return held_out_users(all, part_of, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> rows(std::min<std::int64_t>(options.given, end - begin));
    std::iota(rows.begin(), rows.end(), begin);
    return rows;
  });
}

std::vector<std::uint8_t> k_fold(const Interactions& all, const SplitOptions& options, RandomStream random) {
  const double valid = options.ratio[1] / (options.ratio[0] + options.ratio[1]);
  std::vector<std::uint8_t> out(all.user.size(), kTrain);
  std::vector<std::int64_t> rows;
  std::int64_t next = 0;  // goes on from user to user, so that the folds are of equal size
  for_each_user(all, [&](std::int64_t begin, std::int64_t end) {
    rows.resize(static_cast<std::size_t>(end - begin));
    std::iota(rows.begin(), rows.end(), begin);
    random.shuffle(std::span(rows));
    for (const std::int64_t row : rows) {
      const double chance = random.uniform();  // drawn for every row: the folds of one seed differ in nothing else
      if (next++ % options.folds == options.fold)
        out[row] = kTest;
      else if (chance < valid)
        out[row] = kValid;
    }
  });
  return out;
}

}  // namespace

void check_ratio(const std::vector<double>& ratio) {
  const double sum = std::accumulate(ratio.begin(), ratio.end(), 0.0);
  if (ratio.size() == 3 && std::abs(sum - 1) < 1e-6 && ratio[0] > 0 && ratio[1] >= 0 && ratio[2] >= 0) return;
  throw Error(ErrorCode::kConfig,
              fmt::format("the shares [{}] add up to {:.6g}; wanted three, train above 0, with the sum 1",
                          fmt::join(ratio, ", "), sum),
              "ratio = [0.8, 0.1, 0.1]", {.file = {}, .line = 0, .key = "data.split.ratio"});
}

std::vector<std::uint8_t> split_parts(const Interactions& interactions, std::int32_t items, const SplitOptions& options,
                                      std::uint64_t seed) {
  if (options.kind == "leave_one_out") return leave_one_out(interactions);
  if (options.kind == "none") return std::vector<std::uint8_t>(interactions.user.size(), kTrain);
  check_ratio(options.ratio);
  const RandomStream random(seed, "split");
  if (options.kind == "temporal") return temporal(interactions, options.ratio);
  if (options.kind == "user_ratio") return user_ratio(interactions, options.ratio, random);
  if (options.kind == "strong") return strong(interactions, options, random);
  if (options.kind == "cold_item") return cold_item(interactions, items, options.ratio, random);
  if (options.kind == "cold_user") return cold_user(interactions, options, random);
  if (options.kind == "k_fold") {
    if (options.fold >= options.folds)
      throw Error(ErrorCode::kConfig, fmt::format("fold {} is outside [0, {})", options.fold, options.folds),
                  "folds are numbered from 0", {.file = {}, .line = 0, .key = "data.split.fold"});
    return k_fold(interactions, options, random);
  }
  throw Error(ErrorCode::kConfig, fmt::format("there is no split '{}'", options.kind),
              "temporal, user_ratio, leave_one_out, strong, cold_item, cold_user, k_fold, files or none",
              {.file = {}, .line = 0, .key = "data.split.kind"});
}

double future_share(const Interactions& interactions) {
  std::vector<std::int64_t> train;
  for (std::int64_t i = 0; i < interactions.size(); ++i)
    if (interactions.part[i] == kTrain) train.push_back(interactions.time[i]);
  std::sort(train.begin(), train.end());
  double later = 0;
  std::int64_t tests = 0;
  for (std::int64_t i = 0; i < interactions.size(); ++i) {
    if (interactions.part[i] != kTest) continue;
    ++tests;
    later += static_cast<double>(train.end() - std::upper_bound(train.begin(), train.end(), interactions.time[i]));
  }
  if (tests == 0 || train.empty()) return std::numeric_limits<double>::quiet_NaN();
  return later / static_cast<double>(tests) / static_cast<double>(train.size());
}

std::array<PartCount, kParts> part_counts(const Dataset& dataset) {
  const Interactions& all = dataset.interactions;
  std::array<PartCount, kParts> out;
  for (int part = 0; part < kParts; ++part) {
    std::vector<std::uint8_t> users(dataset.users.size(), 0), items(dataset.items.size(), 0);
    for (std::int64_t i = 0; i < all.size(); ++i) {
      if (all.part[i] != part) continue;
      ++out[part].interactions;
      users[all.user[i]] = items[all.item[i]] = 1;
    }
    out[part].users = std::count(users.begin(), users.end(), 1);
    out[part].items = std::count(items.begin(), items.end(), 1);
  }
  return out;
}

}  // namespace genre
