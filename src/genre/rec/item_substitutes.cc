#include "genre/rec/item_substitutes.h"

#include <utility>
#include <vector>

#include "genre/neural/lookup.h"
#include "genre/rec/cosine_neighbours.h"
#include "genre/rec/item_knn.h"

namespace genre {
namespace {

ItemKnnOptions sharers_of_users() {
  ItemKnnOptions out;
  out.neighbours = kItemSubstitutes;
  out.similarity = "jaccard";
  return out;
}

}  // namespace

CsrMatrix item_substitutes(const std::string& by, const TrainingData& data, std::span<const std::int32_t> items) {
  const std::int64_t count = std::ssize(items);
  if (by == "text") {
    Matrix vectors(count, data.item_vectors.cols());
    neural::look_up(data.item_vectors, items, vectors.view());
    return csr_from_lists(all_cosine_neighbours(std::move(vectors), kItemSubstitutes));
  }
  ItemKnn knn(sharers_of_users());
  knn.fit(data);
  const CsrMatrix near = transpose(knn.weights());  // row i: the neighbours of i
  std::vector<std::int32_t> number(data.interactions.cols, -1);
  for (std::int64_t k = 0; k < count; ++k) number[items[k]] = static_cast<std::int32_t>(k);
  std::vector<std::vector<ScoredIndex>> lists(count);
  for (std::int64_t k = 0; k < count; ++k)
    for (const std::int32_t other : near.row_indices(items[k]))
      if (number[other] >= 0) lists[k].push_back({number[other], 1.0f});
  return csr_from_lists(std::move(lists));
}

std::int64_t item_substitutes_bytes(const std::string& by, const DataSize& size) {
  const std::int64_t lists = size.items * (24 * kItemSubstitutes + 64);
  return lists +
         (by == "text" ? all_cosine_neighbours_bytes(size.items, size.dimension) : sharers_of_users().fit_bytes(size));
}

}  // namespace genre
