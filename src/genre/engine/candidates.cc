#include "genre/engine/candidates.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/random.h"

namespace genre {
namespace {

constexpr int kMostNegatives = 100000;

// `count` distinct items that `taken` (ascending) does not hold, by weights given as running sums. Draws until found;
// where most of the weight is taken, the untouched items are listed instead.
std::vector<std::int32_t> draw(std::size_t count, std::span<const std::int32_t> taken, std::span<const double> running,
                               RandomStream& random) {
  const std::size_t items = running.size();
  const auto is_taken = [&](std::int32_t item) { return std::binary_search(taken.begin(), taken.end(), item); };
  std::vector<std::int32_t> out;
  if (count + taken.size() >= items || count * 4 > items) {
    for (std::size_t item = 0; item < items; ++item)
      if (!is_taken(static_cast<std::int32_t>(item))) out.push_back(static_cast<std::int32_t>(item));
    if (out.size() <= count) return out;
    // Efraimidis and Spirakis (2006): the largest u^(1/w) are a weighted sample without replacement.
    std::vector<std::pair<double, std::int32_t>> keys;
    keys.reserve(out.size());
    for (const std::int32_t item : out) {
      const double weight = running[item] - (item == 0 ? 0 : running[item - 1]);
      keys.emplace_back(-std::log(1 - random.uniform()) / weight, item);
    }
    std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count), keys.end());
    out.clear();
    for (std::size_t i = 0; i < count; ++i) out.push_back(keys[i].second);
  } else {
    std::unordered_set<std::int32_t> chosen;
    while (chosen.size() < count) {
      const double at = random.uniform() * running.back();
      const auto item =
          static_cast<std::int32_t>(std::upper_bound(running.begin(), running.end(), at) - running.begin());
      if (static_cast<std::size_t>(item) < items && !is_taken(item)) chosen.insert(item);
    }
    out.assign(chosen.begin(), chosen.end());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::optional<SampledProtocol> parse_candidates(const std::string& text) {
  if (text == "all" || text == "cold") return std::nullopt;
  const std::size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  int count = 0;
  const char* const end = text.data() + text.size();
  if (colon != std::string::npos && (kind == "sampled" || kind == "sampled_popular")) {
    const auto [stop, code] = std::from_chars(text.data() + colon + 1, end, count);
    if (code == std::errc() && stop == end && count >= 1 && count <= kMostNegatives)
      return SampledProtocol{count, kind == "sampled_popular"};
  }
  throw Error(ErrorCode::kConfig, fmt::format("candidates \"{}\" are unknown", text),
              fmt::format("all, cold, sampled:N or sampled_popular:N with N from 1 to {}", kMostNegatives),
              {.key = "evaluate.candidates"});
}

Negatives sample_negatives(const SampledProtocol& protocol, std::span<const std::int32_t> users,
                           const CsrMatrix& touched, std::span<const double> popularity, std::uint64_t seed) {
  std::vector<double> running(popularity.size());
  double sum = 0;
  for (std::size_t i = 0; i < popularity.size(); ++i)
    running[i] = sum += protocol.by_popularity ? popularity[i] + 1 : 1;  // + 1: cold items can be drawn
  Negatives out;
  for (const std::int32_t user : users) {
    RandomStream random(seed, fmt::format("negatives {}", user));
    const auto items = draw(static_cast<std::size_t>(protocol.negatives), touched.row_indices(user), running, random);
    out.items.insert(out.items.end(), items.begin(), items.end());
    out.offsets.push_back(static_cast<std::int64_t>(out.items.size()));
  }
  return out;
}

void write_negatives(const std::filesystem::path& path, const Negatives& negatives, std::span<const std::int32_t> users,
                     const Dataset& dataset) {
  std::string text;
  for (std::size_t q = 0; q < users.size(); ++q) {
    text += dataset.users.external(users[q]);
    for (const std::int32_t item : negatives.of(static_cast<std::int64_t>(q)))
      text += "\t" + dataset.items.external(item);
    text += "\n";
  }
  write_file_atomic(path, text);
}

Negatives read_negatives(const std::filesystem::path& path, std::span<const std::int32_t> users,
                         const Dataset& dataset) {
  std::ifstream in(path);
  if (!in)
    throw Error(ErrorCode::kNotFound, "the file of negatives cannot be read", "`genre evaluate --negatives` writes one",
                {.file = path.string(), .key = "evaluate.negatives"});
  std::unordered_map<std::int32_t, std::vector<std::int32_t>> lists;
  std::int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    std::size_t end = line.find('\t');
    const auto user = dataset.users.find(line.substr(0, end));
    if (!user) continue;
    std::vector<std::int32_t>& list = lists[*user];
    while (end != std::string::npos) {
      const std::size_t begin = end + 1;
      end = line.find('\t', begin);
      const std::string id = line.substr(begin, end == std::string::npos ? end : end - begin);
      const auto item = dataset.items.find(id);
      if (!item)
        throw Error(ErrorCode::kData, fmt::format("item '{}' is not in the catalogue", id),
                    "negatives belong to the dataset that they were drawn from",
                    {.file = path.string(), .line = static_cast<int>(number)});
      list.push_back(*item);
    }
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  Negatives out;
  for (const std::int32_t user : users) {
    const auto found = lists.find(user);
    if (found == lists.end())
      throw Error(ErrorCode::kData, fmt::format("user '{}' has no negatives", dataset.users.external(user)),
                  "every user of the test part needs a line", {.file = path.string()});
    out.items.insert(out.items.end(), found->second.begin(), found->second.end());
    out.offsets.push_back(static_cast<std::int64_t>(out.items.size()));
  }
  return out;
}

}  // namespace genre
