// Numbers ids in the order of their first appearance; memory depends on how many there are and how long, not on their
// value. An open-addressing table over one block of bytes: two cache misses a look-up where a map of strings has four.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "genre/base/error.h"

namespace genre {

class IdInterner {
 public:
  std::int32_t intern(std::string_view id) {
    if (offsets_.size() * 2 > slots_.size()) grow();
    Slot& slot = slots_[place(id)];
    if (slot.number >= 0) return slot.number;
    if (size() == std::numeric_limits<std::int32_t>::max())
      throw Error(ErrorCode::kResources, "there are more than 2,147,483,647 different ids", "check the id columns");
    slot = {hash_of(id), size(), bytes_.size(), id.size()};
    bytes_ += id;
    offsets_.push_back(bytes_.size());
    return slot.number;
  }
  std::optional<std::int32_t> find(std::string_view id) const {
    const Slot& slot = slots_[place(id)];
    if (slot.number < 0) return std::nullopt;
    return slot.number;
  }
  std::int32_t size() const { return static_cast<std::int32_t>(offsets_.size()) - 1; }
  // Valid until the next intern().
  std::string_view id(std::int32_t number) const {
    const auto n = static_cast<std::size_t>(number);
    return std::string_view(bytes_).substr(offsets_[n], offsets_[n + 1] - offsets_[n]);
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::int32_t number = -1;  // -1: free
    std::size_t offset = 0, length = 0;
  };
  // Most ids are numbers of a few digits: two overlapping words hold up to 16 bytes (the finaliser is MurmurHash3's).
  static std::uint32_t hash_of(std::string_view id) {
    if (id.size() > 16) return static_cast<std::uint32_t>(std::hash<std::string_view>{}(id));
    std::uint64_t first = 0, last = 0;
    if (id.size() >= 8) {
      std::memcpy(&first, id.data(), 8);
      std::memcpy(&last, id.data() + id.size() - 8, 8);
    } else if (id.size() >= 4) {
      std::memcpy(&first, id.data(), 4);
      std::memcpy(&last, id.data() + id.size() - 4, 4);
    } else {
      for (const char c : id) first = first << 8 | static_cast<unsigned char>(c);
    }
    std::uint64_t hash = (first ^ last * 0x9E3779B97F4A7C15u) + id.size();
    hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCDu;
    hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53u;
    return static_cast<std::uint32_t>(hash >> 32);
  }

  // The slot of `id`, or the free one where it belongs.
  std::size_t place(std::string_view id) const {
    const std::uint32_t hash = hash_of(id);
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].number >= 0 &&
           (slots_[at].hash != hash || std::string_view(bytes_).substr(slots_[at].offset, slots_[at].length) != id))
      at = (at + 1) & (slots_.size() - 1);
    return at;
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.number < 0) continue;
      std::size_t at = slot.hash & (slots_.size() - 1);
      while (slots_[at].number >= 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = slot;
    }
  }

  std::string bytes_;                                // all ids, one after another
  std::vector<std::size_t> offsets_ = {0};           // of each id in bytes_; one more than ids
  std::vector<Slot> slots_ = std::vector<Slot>(64);  // a power of two, at most half full
};

}  // namespace genre
