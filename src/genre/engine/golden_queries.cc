#include "genre/engine/golden_queries.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"

namespace genre {
namespace {

constexpr std::int64_t kQueries = 64, kQueriesOfLanguageModels = 4;
constexpr int kList = 100;
constexpr std::size_t kTolerated = 10;  // one list of so many may be another
constexpr float kRoom = 1e-4f, kRoomOfLanguageModels = 1e-2f;

std::vector<ScoredIndex> answer(const Recommender& model, const UserHistories& histories, std::int32_t user,
                                bool known) {
  const std::vector<std::int32_t> history = histories.positives(user);
  const Query query{
      .user = known ? std::optional(user) : std::nullopt, .history = history, .seen = histories.seen(user)};
  return recommend(model, query, {.k = kList});
}

// Between a list and what it was, for people; or "".
std::string difference_of(std::span<const ScoredIndex> list, std::span<const std::int32_t> items,
                          std::span<const float> scores, float share) {
  if (list.size() != items.size()) return fmt::format("a list of {} items, it had {}", list.size(), items.size());
  float room = 0;
  for (const float score : scores) room = std::max(room, share * std::abs(score));
  for (std::size_t r = 0; r < list.size(); ++r) {
    if (!(std::abs(list[r].score - scores[r]) <= room))
      return fmt::format("a score of {} at rank {}, it had {}", list[r].score, r + 1, scores[r]);
    if (list[r].index == items[r]) continue;
    // One that had nearly this score may have come here, also from below the end of the list.
    const auto before = static_cast<std::size_t>(std::ranges::find(items, list[r].index) - items.begin());
    const float had = before < items.size() ? scores[before] : scores.back();
    if (!(std::abs(had - scores[r]) <= 2 * room))
      return fmt::format("item {} at rank {}, it had item {}", list[r].index, r + 1, items[r]);
  }
  return "";
}

}  // namespace

GoldenQueries ask_golden_queries(const Recommender& model, const UserHistories& histories) {
  std::vector<std::int32_t> candidates;
  for (std::int32_t user = 0; user < histories.users(); ++user)
    if (!histories.positives(user).empty()) candidates.push_back(user);
  const std::int64_t wanted = model.asks_language_models() ? kQueriesOfLanguageModels : kQueries,
                     count = std::min<std::int64_t>(wanted, std::ssize(candidates));
  GoldenQueries out{.users = {}, .known = {}, .offsets = {0}, .items = {}, .scores = {}};
  for (std::int64_t q = 0; q < count; ++q) {
    out.users.push_back(candidates[q * std::ssize(candidates) / count]);
    out.known.push_back(q % 2 == 0 ? 1 : 0);
    for (const auto& [item, score] : answer(model, histories, out.users.back(), out.known.back() != 0)) {
      out.items.push_back(item);
      out.scores.push_back(score);
    }
    out.offsets.push_back(std::ssize(out.items));
  }
  return out;
}

std::string changed_answer(const Recommender& model, const UserHistories& histories, const GoldenQueries& golden) {
  const float share = model.asks_language_models() ? kRoomOfLanguageModels : kRoom;
  std::string first;
  std::size_t changed = 0;
  for (std::size_t q = 0; q < golden.users.size(); ++q) {
    const auto begin = golden.offsets[q], length = golden.offsets[q + 1] - begin;
    const std::string difference = difference_of(answer(model, histories, golden.users[q], golden.known[q] != 0),
                                                 std::span(golden.items).subspan(begin, length),
                                                 std::span(golden.scores).subspan(begin, length), share);
    if (difference.empty()) continue;
    if (first.empty()) first = fmt::format("query {} has {}", q, difference);
    ++changed;
  }
  if (kTolerated * changed <= golden.users.size()) return "";
  return fmt::format("{}; {} of {} lists are others", first, changed, golden.users.size());
}

void save_golden_queries(const GoldenQueries& golden, SafetensorsWriter& out) {
  const auto add = [&]<class T>(const char* name, const std::vector<T>& values) {
    out.add<T>(name, values, {std::ssize(values)});
  };
  add("users", golden.users);
  add("known", golden.known);
  add("offsets", golden.offsets);
  add("items", golden.items);
  add("scores", golden.scores);
}

GoldenQueries read_golden_queries(const SafetensorsFile& in, std::int64_t users, std::int64_t items) {
  const auto read = [&]<class T>(const char* name, std::int64_t count, std::vector<T>& out) {
    const auto values = in.values<T>(name, {count});
    out.assign(values.begin(), values.end());
  };
  const auto wrong = [&](const std::string& what) {
    throw Error(ErrorCode::kData, what, "train again, or copy the artifact again", {.file = in.path().string()});
  };
  GoldenQueries out;
  read("users", -1, out.users);
  read("known", std::ssize(out.users), out.known);
  read("offsets", std::ssize(out.users) + 1, out.offsets);
  read("items", -1, out.items);
  read("scores", std::ssize(out.items), out.scores);
  const auto outside = [](std::int64_t end) { return [end](std::int32_t id) { return id < 0 || id >= end; }; };
  if (std::ranges::any_of(out.users, outside(users))) wrong("tensor 'users' names somebody who is not there");
  if (std::ranges::any_of(out.items, outside(items))) wrong("tensor 'items' names an item that is not there");
  if (out.offsets.front() != 0 || out.offsets.back() != std::ssize(out.items) || !std::ranges::is_sorted(out.offsets))
    wrong("tensor 'offsets' does not fit the lists");
  return out;
}

}  // namespace genre
