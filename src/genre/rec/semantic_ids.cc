#include "genre/rec/semantic_ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <map>

#include "genre/base/error.h"
#include "genre/rec/tensors.h"

namespace genre {

SemanticIds::SemanticIds(std::vector<std::int32_t> codes, int levels)
    : levels_(levels), codes_(std::move(codes)), below_(levels), first_leaf_(levels + 1) {
  assert(levels > 0 && std::ssize(codes_) % levels == 0);
  for (std::int32_t item = 0; item < items(); ++item) {
    const std::span<const std::int32_t> path = std::span(codes_).subspan(std::int64_t{item} * levels, levels);
    if (std::ranges::all_of(path, [](std::int32_t code) { return code == kNone; })) continue;
    if (std::ranges::any_of(path, [](std::int32_t code) { return code < 0; }))
      throw Error(ErrorCode::kData, fmt::format("the id of item {} has negative codes", item));
    item_.push_back(item);
  }
  std::ranges::sort(
      item_, [this](std::int32_t a, std::int32_t b) { return std::ranges::lexicographical_compare(of(a), of(b)); });
  for (int level = 0; level < levels; ++level) {
    std::int32_t largest = -1;
    for (const std::int32_t one : item_) largest = std::max(largest, of(one)[level]);
    first_.push_back(first_.back() + largest + 1);
  }
  // Leaves of a node lie together.
  first_leaf_[0] = {0};
  for (int depth = 0; depth < levels; ++depth) {
    const std::vector<std::int32_t>& starts = first_leaf_[depth];
    std::vector<std::int32_t>& next = first_leaf_[depth + 1];
    for (std::size_t node = 0; node < starts.size(); ++node) {
      below_[depth].push_back(static_cast<std::int32_t>(next.size()));
      const auto end = node + 1 < starts.size() ? starts[node + 1] : static_cast<std::int32_t>(item_.size());
      for (std::int32_t leaf = starts[node]; leaf < end; ++leaf)
        if (leaf == starts[node] || of(item_[leaf])[depth] != of(item_[leaf - 1])[depth]) next.push_back(leaf);
    }
    below_[depth].push_back(static_cast<std::int32_t>(next.size()));
  }
  for (std::size_t leaf = 1; leaf < item_.size(); ++leaf)
    if (std::ranges::equal(of(item_[leaf - 1]), of(item_[leaf])))
      throw Error(ErrorCode::kData, fmt::format("items {} and {} have the same id", item_[leaf - 1], item_[leaf]));
}

SemanticIds SemanticIds::of_codes(std::span<const std::int32_t> quantised, int levels, std::int64_t codes,
                                  std::span<const std::uint8_t> wanted) {
  const std::int64_t items = std::ssize(wanted);
  assert(std::ssize(quantised) == items * levels);
  const std::int32_t without_text = quantised.empty() ? 0 : std::ranges::max(quantised) + 1;
  std::vector<std::int32_t> out;
  std::map<std::vector<std::int32_t>, std::int32_t> used;
  std::int64_t number = 0;
  for (std::int64_t item = 0; item < items; ++item) {
    const std::span<const std::int32_t> own = quantised.subspan(item * levels, levels);
    std::vector<std::int32_t> path(own.begin(), own.end());
    if (path.front() == kNone && wanted[item] == 0) {
      out.insert(out.end(), levels + 1, kNone);
      continue;
    }
    if (path.front() == kNone) {
      path.front() = without_text;
      std::int64_t rest = number++;
      for (int level = levels - 1; level > 0; --level, rest /= codes)
        path[level] = static_cast<std::int32_t>(rest % codes);
    }
    out.insert(out.end(), path.begin(), path.end());
    out.push_back(used[path]++);
  }
  return {std::move(out), levels + 1};
}

std::span<const std::int32_t> SemanticIds::of(std::int32_t item) const {
  const std::int64_t first = std::int64_t{item} * levels_;
  return {codes_.data() + first, static_cast<std::size_t>(codes_[first] == kNone ? 0 : levels_)};
}

std::int32_t SemanticIds::nodes(int depth) const { return depth == 0 ? 1 : below_[depth - 1].back(); }

std::vector<std::vector<std::uint8_t>> SemanticIds::allowed(const RankOptions& options) const {
  std::vector<std::uint8_t> may(items(), 1);
  if (!options.eligible.empty()) may.assign(options.eligible.begin(), options.eligible.end());
  for (const std::int32_t one : options.exclude) may[one] = 0;
  std::vector<std::vector<std::uint8_t>> out(levels_ + 1);
  for (int depth = levels_; depth >= 0; --depth) {
    out[depth].resize(nodes(depth));
    for (std::int32_t node = 0; node < nodes(depth); ++node) {
      if (depth == levels_) {
        out[depth][node] = may[item_[node]];
        continue;
      }
      const Range below = children(depth, node);
      for (std::int32_t child = below.begin; child < below.end; ++child) out[depth][node] |= out[depth + 1][child];
    }
  }
  return out;
}

void SemanticIds::save(SafetensorsWriter& out, const std::string& prefix) const {
  out.add(prefix + "codes", std::span<const std::int32_t>(codes_), {items(), levels_});
}

SemanticIds SemanticIds::load(const SafetensorsFile& in, const std::string& prefix) {
  const std::string name = prefix + "codes";
  const auto values = in.values<std::int32_t>(name, {-1, -1});
  const std::vector<std::int64_t>& shape = in.at(name).shape;
  if (shape[0] < 1 || shape[1] < 1 || shape[1] > 1024) bad_tensor(in, name, "has no items or no levels");
  SemanticIds out;
  try {
    out = {{values.begin(), values.end()}, static_cast<int>(shape[1])};
  } catch (const Error& error) {
    bad_tensor(in, name, "does not hold ids: " + error.message());
  }
  if (out.all_codes() == 0) bad_tensor(in, name, "has no id in it");
  return out;
}

}  // namespace genre
