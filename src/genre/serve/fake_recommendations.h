// A small recommendation service in memory for tests: items "0" to "99", newest history first in line.
#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "genre/base/error.h"
#include "genre/engine/recommendation_service.h"

namespace genre {

// Recommends the items that follow the newest item of the history: after "7" come "8", "9", ...
class FakeRecommendations : public RecommendationService {
 public:
  Recommendations recommend(const RecommendRequest& request) const override {
    if (request.filter == "broken")
      throw Error(ErrorCode::kUsage, "wanted an expression, found: broken", "year >= 1990");
    if (request.text == "crash") throw std::runtime_error("secret detail");
    const std::lock_guard guard(mutex_);
    std::vector<std::string> history;
    if (request.user && histories_.count(*request.user) > 0) history = histories_.at(*request.user);
    const bool known = !history.empty();
    history.insert(history.end(), request.history.begin(), request.history.end());
    Recommendations out;
    out.strategy = !request.text.empty() ? "text" : known ? "personalised" : history.empty() ? "popular" : "session";
    if (request.user && !known) out.fallback_reason = "the user is unknown";
    fill(out, history.empty() ? 0 : std::stoi(history.back()) + 1, request.k, [&](const std::string& item) {
      return std::find(history.begin(), history.end(), item) == history.end() &&
             std::find(request.exclude.begin(), request.exclude.end(), item) == request.exclude.end();
    });
    if (request.explain)
      for (auto& item : out.items)
        item.reason = history.empty() ? "many people like it" : "because you know Item " + history.back();
    return out;
  }
  Recommendations similar(const std::string& item, int k) const override {
    if (!knows_item(item)) throw Error(ErrorCode::kNotFound, "there is no item " + item);
    Recommendations out{.strategy = "similar", .fallback_reason = {}, .items = {}};
    fill(out, std::stoi(item) + 1, k, [](const std::string&) { return true; });
    return out;
  }
  Recommendations search(const std::string& text, int k) const override {
    Recommendations out{.strategy = "search", .fallback_reason = {}, .items = {}};
    fill(out, static_cast<int>(text.size()), k, [](const std::string&) { return true; });
    return out;
  }
  bool apply_event(const std::string& user, const std::string& item, const std::string&, float, std::int64_t) override {
    const std::lock_guard guard(mutex_);
    if (!knows_item(item)) return false;
    histories_[user].push_back(item);
    return true;
  }
  std::int64_t users() const override {
    const std::lock_guard guard(mutex_);
    return static_cast<std::int64_t>(histories_.size());
  }
  std::int64_t items() const override { return kItems; }
  bool knows_item(std::string_view item) const override {
    return !item.empty() && item.size() <= 2 &&
           std::all_of(item.begin(), item.end(), [](char c) { return c >= '0' && c <= '9'; });
  }
  std::string model_name() const override { return "fake"; }
  std::string artifact_digest() const override { return "0123abcd"; }
  std::vector<std::string> example_users(int count) const override {
    const std::lock_guard guard(mutex_);
    std::vector<std::string> out;
    for (const auto& [user, history] : histories_)
      if (static_cast<int>(out.size()) < count) out.push_back(user);
    return out;
  }
  std::vector<ItemSummary> history(const std::string& user, int count) const override {
    const std::lock_guard guard(mutex_);
    std::vector<ItemSummary> out;
    if (histories_.count(user) == 0) return out;
    const auto& all = histories_.at(user);
    for (auto item = all.rbegin(); item != all.rend() && static_cast<int>(out.size()) < count; ++item)
      out.push_back({*item, "Item " + *item});
    return out;
  }

 private:
  static constexpr int kItems = 100;
  template <class Keep>
  static void fill(Recommendations& out, int first, int k, Keep keep) {
    for (int i = 0; i < kItems && static_cast<int>(out.items.size()) < k; ++i) {
      const std::string item = std::to_string((first + i) % kItems);
      if (keep(item))
        out.items.push_back({.item = item, .score = 1.0 / (i + 1), .title = "Item " + item, .reason = {}});
    }
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> histories_ = {{"ann", {"3", "7"}}, {"b/é", {"20"}}};
};

}  // namespace genre
