#include "genre/data/dataset.h"

#include <algorithm>
#include <cassert>

namespace genre {
namespace {

CsrMatrix to_matrix(const Dataset& dataset, unsigned parts, bool positive_only, bool binary) {
  const Interactions& all = dataset.interactions;
  std::vector<Triplet> entries;
  for (std::int64_t i = 0; i < all.size(); ++i) {
    if ((parts >> all.part[i] & 1u) == 0 || (positive_only && all.positive[i] == 0)) continue;
    entries.push_back({all.user[i], all.item[i], all.weight[i]});
  }
  CsrMatrix out = csr_from_triplets(dataset.users.size(), dataset.items.size(), std::move(entries));
  if (binary) std::fill(out.values.begin(), out.values.end(), 1.0f);
  return out;
}

// body(user, item, row) in the order of time, so that the last event of a pair is seen last.
template <class Body>
void for_each_last(const Interactions& all, unsigned parts, bool positive_only, const Body& body) {
  for (std::int64_t i = 0; i < all.size(); ++i)
    if ((parts >> all.part[i] & 1u) != 0 && (!positive_only || all.positive[i] != 0)) body(all.user[i], all.item[i], i);
}

// Where the matrix stores a pair that it holds.
std::int64_t position(const CsrMatrix& matrix, std::int32_t user, std::int32_t item) {
  const auto row = matrix.row_indices(user);
  return matrix.offsets[user] + (std::lower_bound(row.begin(), row.end(), item) - row.begin());
}

}  // namespace

IdMap::IdMap(std::vector<std::string> sorted_ids) : ids_(std::move(sorted_ids)) {
  assert(std::adjacent_find(ids_.begin(), ids_.end(), std::greater_equal<>()) == ids_.end());
}

std::optional<std::int32_t> IdMap::find(std::string_view external) const {
  const auto found = std::lower_bound(ids_.begin(), ids_.end(), external);
  if (found == ids_.end() || *found != external) return std::nullopt;
  return static_cast<std::int32_t>(found - ids_.begin());
}

std::string_view FieldTable::get(const std::string& field, std::int32_t id) const {
  const auto found = fields.find(field);
  return found == fields.end() ? std::string_view() : std::string_view(found->second[static_cast<std::size_t>(id)]);
}

CsrMatrix Dataset::matrix(unsigned parts, bool binary) const { return to_matrix(*this, parts, true, binary); }
CsrMatrix Dataset::seen(unsigned parts) const { return to_matrix(*this, parts, false, false); }

CsrMatrix Dataset::ratings(unsigned parts) const {
  CsrMatrix out = seen(parts);
  for_each_last(interactions, parts, false, [&](std::int32_t user, std::int32_t item, std::int64_t row) {
    out.values[position(out, user, item)] = interactions.value[row];
  });
  return out;
}

std::vector<std::int64_t> Dataset::times(unsigned parts) const {
  const CsrMatrix pairs = matrix(parts, true);
  std::vector<std::int64_t> out(pairs.indices.size());
  for_each_last(interactions, parts, true, [&](std::int32_t user, std::int32_t item, std::int64_t row) {
    out[position(pairs, user, item)] = interactions.time[row];
  });
  return out;
}

}  // namespace genre
