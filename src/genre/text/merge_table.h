// The merges of byte-pair encoding by the pair that they join.
#pragma once

#include <cstdint>
#include <vector>

namespace genre {

// Open addressing at a load of at most one half. Immutable after the last insert.
class MergeTable {
 public:
  static constexpr std::uint32_t kNoRank = 0xFFFFFFFF;
  struct Entry {
    std::uint64_t pair = 0;
    std::uint32_t rank = kNoRank;  // kNoRank: free
    std::int32_t id = 0;           // of what the pair becomes
  };

  explicit MergeTable(std::size_t merges) {
    std::size_t size = 16;
    while (size < 2 * merges) size *= 2;
    entries_.resize(size);
  }
  // A pair keeps its last rank. At most as many inserts as announced.
  void insert(std::int32_t left, std::int32_t right, std::uint32_t rank, std::int32_t id) {
    const std::uint64_t pair = key(left, right);
    std::size_t at = place(pair);
    while (entries_[at].rank != kNoRank && entries_[at].pair != pair) at = (at + 1) & (entries_.size() - 1);
    entries_[at] = {pair, rank, id};
  }
  // An entry of rank kNoRank where the pair has no merge.
  const Entry& find(std::int32_t left, std::int32_t right) const {
    const std::uint64_t pair = key(left, right);
    std::size_t at = place(pair);
    while (entries_[at].rank != kNoRank && entries_[at].pair != pair) at = (at + 1) & (entries_.size() - 1);
    return entries_[at];
  }

 private:
  static std::uint64_t key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
  }
  std::size_t place(std::uint64_t pair) const {
    return static_cast<std::size_t>((pair * 0x9E3779B97F4A7C15) >> 24) & (entries_.size() - 1);
  }
  std::vector<Entry> entries_;
};

}  // namespace genre
