#include "genre/data/split.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

constexpr auto kTrain = static_cast<std::uint8_t>(Part::kTrain);
constexpr auto kValid = static_cast<std::uint8_t>(Part::kValid);
constexpr auto kTest = static_cast<std::uint8_t>(Part::kTest);

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

std::vector<std::uint8_t> cold_item(const Interactions& all, std::int32_t items, const std::vector<double>& ratio,
                                    RandomStream random) {
  std::vector<std::uint8_t> part_of(items, kTrain), used(items, 0);
  for (const auto item : all.item) used[item] = 1;
  std::vector<std::int32_t> order;
  for (std::int32_t item = 0; item < items; ++item)
    if (used[item] != 0) order.push_back(item);
  random.shuffle(std::span(order));
  const auto count = static_cast<double>(order.size());
  const auto test = std::llround(count * ratio[2]), valid = std::llround(count * (ratio[1] + ratio[2])) - test;
  for (std::int64_t i = 0; i < test + valid; ++i) part_of[order[i]] = i < test ? kTest : kValid;
  std::vector<std::uint8_t> out;
  out.reserve(all.item.size());
  for (const auto item : all.item) out.push_back(part_of[item]);
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
  if (options.kind == "temporal") return temporal(interactions, options.ratio);
  if (options.kind == "user_ratio") return user_ratio(interactions, options.ratio, RandomStream(seed, "split"));
  if (options.kind == "cold_item") return cold_item(interactions, items, options.ratio, RandomStream(seed, "split"));
  throw Error(ErrorCode::kConfig, fmt::format("there is no split '{}'", options.kind),
              "temporal, user_ratio, leave_one_out, cold_item, files or none",
              {.file = {}, .line = 0, .key = "data.split.kind"});
}

}  // namespace genre
