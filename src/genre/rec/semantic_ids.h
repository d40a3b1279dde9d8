// The ids of items as paths of codes, and the tree of all that there are. Source: Rajput et al., "Recommender Systems
// with Generative Retrieval" (NeurIPS 2023).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "genre/base/safetensors.h"
#include "genre/linalg/top_k.h"

namespace genre {

// An id has as many codes as there are levels; no two items share one, and an item may have none. Immutable.
class SemanticIds {
 public:
  SemanticIds() = default;
  // Row i of `codes` (I x L) is the path of item i, all of it kNone where the item has none. Throws Error(kData) naming
  // an item whose row is none of both, or is that of another item.
  SemanticIds(std::vector<std::int32_t> codes, int levels);

  static constexpr std::int32_t kNone = -1;

  // Ids of one level more than the codes of a quantiser (I x L; kNone for an item without text): the last tells items
  // of equal codes apart and counts from 0 in the order of items. A text that is not there has no place beside others:
  // such items, where `wanted` (I flags) says so, have one more code of the first level for themselves, and behind it
  // their number among them, in digits of base `codes`. Items that are not wanted and have no text have no id.
  static SemanticIds of_codes(std::span<const std::int32_t> quantised, int levels, std::int64_t codes,
                              std::span<const std::uint8_t> wanted);

  std::int64_t items() const { return levels_ == 0 ? 0 : std::ssize(codes_) / levels_; }  // I
  int levels() const { return levels_; }                                                  // L
  // How many codes level l has: one more than its largest.
  std::int64_t codes(int level) const { return first_[level + 1] - first_[level]; }
  std::int64_t all_codes() const { return first_.back(); }  // of all levels
  // A number below all_codes() of its own for each code of each level.
  std::int64_t token(int level, std::int32_t code) const { return first_[level] + code; }
  // The path of an item; empty where it has none.
  std::span<const std::int32_t> of(std::int32_t item) const;

  // The tree. A node of depth d stands for d codes that begin an id; nodes of a depth are numbered in the order of
  // their codes, and 0 of depth 0 is the root.
  struct Range {
    std::int32_t begin, end;
  };
  std::int32_t nodes(int depth) const;
  // Nodes of depth d + 1 that go on from a node of depth d.
  Range children(int depth, std::int32_t node) const { return {below_[depth][node], below_[depth][node + 1]}; }
  // Its d codes.
  std::span<const std::int32_t> beginning(int depth, std::int32_t node) const {
    return of(item_[first_leaf_[depth][node]]).first(depth);
  }
  std::int32_t item(std::int32_t leaf) const { return item_[leaf]; }  // of a node of depth levels()

  // For each depth from 0, a flag for each node: an item that may be ranked lies below.
  std::vector<std::vector<std::uint8_t>> allowed(const RankOptions& options) const;

  // As `prefix`codes; the view lives as long as this.
  void save(SafetensorsWriter& out, const std::string& prefix) const;
  // Throws Error(kData) naming the tensor that is missing or does not hold ids.
  static SemanticIds load(const SafetensorsFile& in, const std::string& prefix);

  static std::int64_t bytes(std::int64_t items, int levels) { return items * (16 * std::int64_t{levels} + 16); }

 private:
  int levels_ = 0;
  std::vector<std::int32_t> codes_;                    // I x L
  std::vector<std::int64_t> first_ = {0};              // L + 1: the tokens of each level
  std::vector<std::vector<std::int32_t>> below_;       // by depth: offsets of children
  std::vector<std::vector<std::int32_t>> first_leaf_;  // by depth: of each node
  std::vector<std::int32_t> item_;                     // of leaves
};

}  // namespace genre
