#include "genre/data/data_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "genre/data/profile.h"

namespace genre {
namespace {

constexpr double kMostInvalid = 0.01, kMostRepeats = 0.5, kMostOnOneItem = 0.5, kLeastKnown = 0.5, kLeastText = 0.5,
                 kLeastDescribed = 0.9;
constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kEarly = 631'152'000'000;  // 1990: earlier clocks are those that were never set

double share(std::int64_t part, std::int64_t of) {
  return of > 0 ? static_cast<double>(part) / static_cast<double>(of) : 0;
}
std::string percent(double value) { return fmt::format("{:.2f} %", 100 * value); }

class Checker {
 public:
  Checker(const Dataset& dataset, const DataOptions& options) : dataset_(dataset), options_(options) {}

  std::vector<DataCheck> run(std::span<const std::string> texts, std::int64_t now) {
    rows();
    if (dataset_.has_time) times(now);
    activity();
    values();
    parts();
    catalogue(texts);
    return std::move(out_);
  }

 private:
  void add(const char* name, bool passed, std::string wanted, std::string found, const char* hint) {
    out_.push_back({name, passed, std::move(wanted), std::move(found), passed ? "" : hint});
  }

  void rows() {
    for (const auto& step : dataset_.cleaning) {
      const double dropped = share(step.rows_in - step.rows_out, step.rows_in);
      if (step.rule == "invalid")
        add("readable_rows", dropped <= kMostInvalid, "at most " + percent(kMostInvalid) + " unreadable rows",
            fmt::format("{} of {} ({})", step.rows_in - step.rows_out, step.rows_in, percent(dropped)),
            "look into the rejected rows: the reason stands beside each");
    }
  }

  void times(std::int64_t now) {
    const auto late = std::count_if(dataset_.interactions.time.begin(), dataset_.interactions.time.end(),
                                    [&](std::int64_t time) { return time > now + kDay; });
    const auto early = std::count_if(dataset_.interactions.time.begin(), dataset_.interactions.time.end(),
                                     [](std::int64_t time) { return time < kEarly; });
    add("future", late == 0, "no event after now", fmt::format("{} events", late),
        "check time_unit, or set data.clean.not_after");
    add("early", early == 0, "no event before 1990", fmt::format("{} events", early),
        "check time_unit, or set data.clean.not_before");
  }

  void activity() {
    for (const auto& step : dataset_.cleaning)
      if (step.rule == "duplicates") {
        const double repeats = share(step.rows_in - step.rows_out, step.rows_in);
        add("repeats", repeats <= kMostRepeats, "at most half of the rows repeat a pair", percent(repeats),
            "duplicates = \"sum\" or \"keep\" uses repeats in place of dropping them");
      }
    const DatasetProfile found = profile(dataset_);
    add("activity", found.by_user.mean >= 2 && found.by_item.mean >= 2, "2 events a user and an item on average",
        fmt::format("{:.2f} and {:.2f}", found.by_user.mean, found.by_item.mean),
        "check the id columns, or set data.clean.k_core");
    const double top = share(static_cast<std::int64_t>(found.by_item.maximum), found.interactions);
    add("one_item", top <= kMostOnOneItem, "no item with more than half of the events", percent(top),
        "check the item column: such an item is often a placeholder");
  }

  void values() {
    const Interactions& all = dataset_.interactions;
    const auto rating = std::find(dataset_.types.begin(), dataset_.types.end(), "rating");
    if (rating != dataset_.types.end()) {
      const auto type = rating - dataset_.types.begin();
      float least = 0, most = 0;
      bool any = false;
      for (std::int64_t i = 0; i < all.size(); ++i) {
        if (all.type[i] != type) continue;
        least = any ? std::min(least, all.value[i]) : all.value[i];
        most = any ? std::max(most, all.value[i]) : all.value[i];
        any = true;
      }
      add("values", least < most, "ratings that differ", fmt::format("{:g} to {:g}", least, most),
          "name the value column in [[data.interactions]]");
    }
    std::array<std::int64_t, kParts> positive{};
    for (std::int64_t i = 0; i < all.size(); ++i) positive[all.part[i]] += all.positive[i];
    const bool tested = options_.split.kind != "none";
    add("positives", positive[0] > 0 && (!tested || positive[2] > 0), "events that count as liked in train and test",
        fmt::format("{} in train, {} in test", positive[0], positive[2]), "check data.events.*.positive");
  }

  void parts() {
    if (options_.split.kind == "none") return;
    const Interactions& all = dataset_.interactions;
    std::array<std::int64_t, kParts> rows{};
    std::vector<std::uint8_t> trained(static_cast<std::size_t>(dataset_.users.size()), 0), tested = trained;
    for (std::int64_t i = 0; i < all.size(); ++i) {
      ++rows[all.part[i]];
      if (all.part[i] == 0 || all.part[i] == 3) trained[all.user[i]] = 1;  // fold-in histories are known too
      if (all.part[i] == 2) tested[all.user[i]] = 1;
    }
    add("parts", rows[0] > 0 && rows[2] > 0, "events in train and test",
        fmt::format("{} train, {} valid, {} test", rows[0], rows[1], rows[2]), "check [data.split]");
    std::int64_t users = 0, known = 0;
    for (std::size_t u = 0; u < tested.size(); ++u) {
      users += tested[u];
      known += tested[u] != 0 && trained[u] != 0;
    }
    add("known_users", users == 0 || share(known, users) >= kLeastKnown, "half of the test users in train",
        fmt::format("{} of {}", known, users), "a temporal split of short histories tests strangers: split user_ratio");
  }

  void catalogue(std::span<const std::string> texts) {
    if (!dataset_.item_fields.fields.empty()) {
      std::int64_t described = 0;
      for (std::int32_t item = 0; item < dataset_.items.size(); ++item)
        described += std::any_of(dataset_.item_fields.fields.begin(), dataset_.item_fields.fields.end(),
                                 [&](const auto& field) { return !field.second[item].empty(); });
      const double part = share(described, dataset_.items.size());
      add("described_items", part >= kLeastDescribed, percent(kLeastDescribed) + " of the items with some field",
          percent(part), "check that the id column of [[data.items]] has the ids of the interactions");
    }
    if (texts.empty()) return;
    const double part = share(std::count_if(texts.begin(), texts.end(), [](const auto& text) { return !text.empty(); }),
                              static_cast<std::int64_t>(texts.size()));
    add("item_text", part >= kLeastText, "half of the items with text", percent(part), "check [item_text] template");
  }

  const Dataset& dataset_;
  const DataOptions& options_;
  std::vector<DataCheck> out_;
};

}  // namespace

std::vector<DataCheck> check_dataset(const Dataset& dataset, const DataOptions& options,
                                     std::span<const std::string> texts, std::int64_t now) {
  return Checker(dataset, options).run(texts, now);
}

}  // namespace genre
