// A prepared dataset: dense ids, columns of interactions, the catalogue, and who belongs to which part.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "genre/linalg/csr.h"

namespace genre {

// External ids (UTF-8, 1 to 256 bytes, compared bytewise); the internal id is the position in that order.
class IdMap {
 public:
  IdMap() = default;
  explicit IdMap(std::vector<std::string> sorted_ids);  // ascending, no duplicates (assert)
  std::int32_t size() const { return static_cast<std::int32_t>(ids_.size()); }
  const std::string& external(std::int32_t id) const { return ids_[id]; }
  std::optional<std::int32_t> find(std::string_view external) const;
  const std::vector<std::string>& all() const { return ids_; }

 private:
  std::vector<std::string> ids_;
};

// kFoldIn: what is known of a held-out user when recommendations are asked for; nothing is trained on it.
enum class Part : std::uint8_t { kTrain = 0, kValid = 1, kTest = 2, kFoldIn = 3 };
inline constexpr int kParts = 4;
inline constexpr const char* kPartNames[kParts] = {"train", "valid", "test", "fold_in"};

// N interactions in columns, sorted by user, then time, then source row.
struct Interactions {
  std::vector<std::int32_t> user, item;
  std::vector<float> value;            // as given (1 where the source has none)
  std::vector<float> weight;           // type weight x value where the type is valued by it; what adds up in a matrix
  std::vector<std::int64_t> time;      // milliseconds UTC; the row number where the source has no time
  std::vector<std::uint8_t> type;      // index into Dataset::types
  std::vector<std::uint8_t> positive;  // 1 where the event passes its type's threshold
  std::vector<std::uint8_t> part;      // Part
  std::int64_t size() const { return static_cast<std::int64_t>(user.size()); }
};

// Text fields of items or users: fields[name][internal id]; "" where absent.
struct FieldTable {
  std::map<std::string, std::vector<std::string>> fields;
  std::string_view get(const std::string& field, std::int32_t id) const;  // "" where absent
};

struct CleaningStep {
  std::string rule;  // "duplicates", "k_core", ...
  std::int64_t rows_in = 0, rows_out = 0;
  std::int64_t changed = 0;  // texts repaired, or items that left the catalogue
};

struct Dataset {
  std::string name;
  IdMap users, items;  // items: every item of any part or item file
  Interactions interactions;
  std::vector<std::string> types;
  FieldTable item_fields, user_fields;
  bool has_time = false;  // false: times are row numbers
  std::vector<CleaningStep> cleaning;
  std::int64_t rejected = 0;
  std::string fingerprint;  // SHA-256 over the saved files in name order; "" before save

  // U x I of the positive interactions whose part is in `parts` (bit mask of 1 << Part), weights added up.
  // binary = every stored value is 1.
  CsrMatrix matrix(unsigned parts, bool binary) const;
  // The same of all interactions, positive or not: what a user has seen.
  CsrMatrix seen(unsigned parts) const;
  // U x I of all interactions with their value as given, that of the last event of a pair.
  CsrMatrix ratings(unsigned parts) const;
  // Aligned with matrix(parts, ...).indices: when the last positive event of each pair was.
  std::vector<std::int64_t> times(unsigned parts) const;
};
inline constexpr unsigned kTrainPart = 1u << 0, kValidPart = 1u << 1, kTestPart = 1u << 2, kFoldInPart = 1u << 3;
inline constexpr unsigned kEveryPart = kTrainPart | kValidPart | kTestPart | kFoldInPart;

// Folder of dataset.json, interactions.safetensors, users.jsonl, items.jsonl, split.safetensors (shared/DESIGN layout:
// documented in docs/data.md). Written whole or not at all; save fills dataset.fingerprint.
void save_dataset(Dataset& dataset, const std::filesystem::path& folder);
// Validates sizes, id ranges and the fingerprint. Throws Error(kNotFound) or Error(kData) naming file and fault.
Dataset load_dataset(const std::filesystem::path& folder);

}  // namespace genre
