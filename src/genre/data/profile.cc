#include "genre/data/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_map>

namespace genre {
namespace {

constexpr std::size_t kValueBins = 20;
constexpr std::size_t kCommon = 5;
constexpr std::size_t kMostMonths = 12 * 10000;
constexpr double kHeadShares[] = {0.01, 0.05, 0.1, 0.2, 0.5};
constexpr double kHeadOfEvents = 0.8;

std::vector<std::int64_t> events_of(const std::vector<std::int32_t>& ids, std::int32_t count) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(count), 0);
  for (const auto id : ids) ++out[id];
  return out;
}

NumberSummary summarise(const std::vector<std::int64_t>& counts) {
  return genre::summarise(std::vector<double>(counts.begin(), counts.end()));
}

std::int64_t count_pairs(const Interactions& all, std::int32_t items) {
  std::vector<std::int32_t> last_user(static_cast<std::size_t>(items), -1);  // rows are by user
  std::int64_t pairs = 0;
  for (std::int64_t i = 0; i < all.size(); ++i) {
    pairs += last_user[all.item[i]] != all.user[i];
    last_user[all.item[i]] = all.user[i];
  }
  return pairs;
}

void profile_tail(std::vector<std::int64_t> by_item, DatasetProfile& out) {
  std::sort(by_item.begin(), by_item.end(), std::greater<>());
  const auto items = static_cast<double>(by_item.size());
  const auto events = static_cast<double>(std::accumulate(by_item.begin(), by_item.end(), std::int64_t{0}));
  if (by_item.empty() || events == 0) return;
  double seen = 0, ranked = 0;
  std::size_t head = 0;
  std::vector<double> cumulative;
  for (std::size_t i = 0; i < by_item.size(); ++i) {
    const auto count = static_cast<double>(by_item[i]);
    if (seen < kHeadOfEvents * events) head = i + 1;
    seen += count;
    ranked += count * (items - static_cast<double>(i));  // rank in ascending order, from 1
    cumulative.push_back(seen);
  }
  out.tail_items = 1 - static_cast<double>(head) / items;
  out.gini = 2 * ranked / (items * events) - (items + 1) / items;
  for (const double share : kHeadShares) {
    const auto count = static_cast<std::size_t>(std::ceil(share * items));
    out.head_shares.emplace_back(share, cumulative[count - 1] / events);
  }
}

std::vector<TypeProfile> profile_types(const Dataset& dataset) {
  const Interactions& all = dataset.interactions;
  std::vector<TypeProfile> out(dataset.types.size());
  std::vector<std::vector<float>> values(out.size());
  for (std::int64_t i = 0; i < all.size(); ++i) {
    ++out[all.type[i]].events;
    out[all.type[i]].positive += all.positive[i];
    values[all.type[i]].push_back(all.value[i]);
  }
  for (std::size_t t = 0; t < out.size(); ++t) {
    out[t].type = dataset.types[t];
    out[t].values = genre::summarise(std::vector<double>(values[t].begin(), values[t].end()));
    out[t].histogram = value_histogram(values[t], kValueBins);
  }
  return out;
}

std::vector<PeriodCount> profile_months(const Dataset& dataset) {
  using namespace std::chrono;
  std::map<int, std::int64_t> by_month;  // months since year 0
  if (!dataset.has_time) return {};
  for (const auto time : dataset.interactions.time) {
    const year_month_day date(floor<days>(sys_time<milliseconds>(milliseconds(time))));
    ++by_month[static_cast<int>(date.year()) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1];
  }
  std::vector<PeriodCount> out;
  if (by_month.empty()) return out;
  for (int month = by_month.begin()->first; month <= by_month.rbegin()->first && out.size() < kMostMonths; ++month) {
    const auto found = by_month.find(month);
    out.push_back(
        {fmt::format("{:04}-{:02}", month / 12, month % 12 + 1), found == by_month.end() ? 0 : found->second});
  }
  return out;
}

std::vector<FieldProfile> profile_fields(const FieldTable& table) {
  std::vector<FieldProfile> out;
  for (const auto& [name, values] : table.fields) {
    FieldProfile& field = out.emplace_back();
    field.field = name;
    std::unordered_map<std::string_view, std::int64_t> count;
    std::vector<double> lengths;
    for (const auto& value : values) {
      if (value.empty()) continue;
      ++count[value];
      lengths.push_back(static_cast<double>(value.size()));
    }
    field.filled = static_cast<std::int64_t>(lengths.size());
    field.different = static_cast<std::int64_t>(count.size());
    field.characters = genre::summarise(std::move(lengths));
    std::vector<std::pair<std::string_view, std::int64_t>> order(count.begin(), count.end());
    const std::size_t shown = std::min(kCommon, order.size());
    std::partial_sort(
        order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
        [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
    for (std::size_t i = 0; i < shown; ++i) field.most_common.emplace_back(order[i].first, order[i].second);
  }
  return out;
}

}  // namespace

NumberSummary summarise(std::vector<double> numbers) {
  NumberSummary out;
  if (numbers.empty()) return out;
  std::sort(numbers.begin(), numbers.end());
  const auto count = static_cast<double>(numbers.size());
  const auto quantile = [&](double q) {
    return numbers[static_cast<std::size_t>(std::max(1.0, std::ceil(q * count)) - 1)];
  };
  out.count = static_cast<std::int64_t>(numbers.size());
  out.minimum = numbers.front();
  out.first_quartile = quantile(0.25);
  out.median = quantile(0.5);
  out.third_quartile = quantile(0.75);
  out.p99 = quantile(0.99);
  out.maximum = numbers.back();
  out.mean = std::accumulate(numbers.begin(), numbers.end(), 0.0) / count;
  return out;
}

std::vector<HistogramBin> doubling_histogram(const std::vector<std::int64_t>& counts) {
  std::vector<HistogramBin> out;
  const std::int64_t largest = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
  if (std::find(counts.begin(), counts.end(), 0) != counts.end()) out.push_back({0, 0, 0});
  for (std::int64_t from = 1, to = 1; from <= largest; from = to + 1, to *= 2)
    out.push_back({static_cast<double>(from), static_cast<double>(to), 0});
  for (const auto count : counts) {
    const auto bin =
        std::find_if(out.begin(), out.end(), [&](const auto& b) { return static_cast<double>(count) <= b.to; });
    ++bin->count;
  }
  out.erase(out.begin(), std::find_if(out.begin(), out.end(), [](const auto& bin) { return bin.count > 0; }));
  return out;
}

std::vector<HistogramBin> value_histogram(const std::vector<float>& values, std::size_t most) {
  std::map<float, std::int64_t> different;
  for (const float value : values) {
    ++different[value];
    if (different.size() > most) break;
  }
  std::vector<HistogramBin> out;
  if (different.size() <= most) {
    for (const auto& [value, count] : different) out.push_back({value, value, count});
    return out;
  }
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double width = (static_cast<double>(*high) - *low) / static_cast<double>(most);
  for (std::size_t bin = 0; bin < most; ++bin)
    out.push_back({*low + width * static_cast<double>(bin), *low + width * static_cast<double>(bin + 1), 0});
  for (const float value : values)
    ++out[std::min(most - 1, static_cast<std::size_t>((value - static_cast<double>(*low)) / width))].count;
  return out;
}

DatasetProfile profile(const Dataset& dataset) {
  const Interactions& all = dataset.interactions;
  const auto by_user = events_of(all.user, dataset.users.size()), by_item = events_of(all.item, dataset.items.size());
  DatasetProfile out;
  out.users = dataset.users.size();
  out.items = dataset.items.size();
  out.interactions = all.size();
  out.pairs = count_pairs(all, dataset.items.size());
  const double cells = static_cast<double>(out.users) * static_cast<double>(out.items);
  out.density = cells > 0 ? static_cast<double>(out.pairs) / cells : 0;
  out.items_without_events = std::count(by_item.begin(), by_item.end(), 0);
  out.by_user = summarise(by_user);
  out.by_item = summarise(by_item);
  out.user_histogram = doubling_histogram(by_user);
  out.item_histogram = doubling_histogram(by_item);
  profile_tail(by_item, out);
  out.types = profile_types(dataset);
  out.months = profile_months(dataset);
  out.item_fields = profile_fields(dataset.item_fields);
  out.user_fields = profile_fields(dataset.user_fields);
  return out;
}

}  // namespace genre
