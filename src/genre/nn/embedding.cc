#include "genre/nn/embedding.h"

#include <algorithm>
#include <cassert>

namespace genre::nn {
namespace {

void add(std::span<const float> from, std::span<float> to) {
  for (std::size_t d = 0; d < to.size(); ++d) to[d] += from[d];
}

}  // namespace

void embed(std::span<const std::int32_t> ids, std::span<const std::int32_t> segments,
           std::span<const std::int32_t> offsets, const EmbeddingTables& tables, MatrixView out) {
  assert(static_cast<std::int64_t>(ids.size()) == out.rows() && tables.words.cols() == out.cols());
  assert(segments.empty() || segments.size() == ids.size());
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    std::int32_t place = tables.padding;  // of the last token that counts
    for (std::int32_t t = offsets[b]; t < offsets[b + 1]; ++t) {
      const auto to = out.row(t);
      const std::int64_t beyond = ids[t] - tables.words.rows();
      std::ranges::copy(beyond < 0 ? tables.words.row(ids[t]) : tables.virtual_words.row(beyond), to.begin());
      if (!tables.positions.empty()) {
        const bool counts = ids[t] != tables.padding;
        place += counts;
        add(tables.positions.row(counts ? place : tables.padding), to);
      }
      if (!tables.types.empty())
        add(tables.types.row(segments.empty() || tables.types.rows() == 1 ? 0 : segments[t]), to);
    }
  }
}

}  // namespace genre::nn
