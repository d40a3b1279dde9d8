#include "genre/rec/lm_sasrec.h"

#include <fmt/format.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/rec/tensors.h"
#include "genre/rec/whitening.h"

namespace genre {

void LmSasRecOptions::fields(config::Fields& f) {
  SasRecOptions::fields(f);
  f.integer("components", components, {.minimum = 1, .maximum = 4096}, "of the whitened text that are used");
  f.number("id_dropout", id_dropout, {.minimum = 0, .maximum = 1},
           "chance that a step goes without an item's own vector; 1: text alone");
}

std::unique_ptr<Recommender> LmSasRecOptions::build() const {
  training();
  return std::make_unique<LmSasRec>(*this);
}

std::int64_t LmSasRecOptions::fit_bytes(const DataSize& size) const {
  const std::int64_t whitening = 8 * size.items * size.dimension + 28 * size.dimension * size.dimension,
                     text = 12 * size.items * std::min<std::int64_t>(components, size.dimension) +
                            8 * size.items * factors + 24 * components * factors;
  return std::max(whitening, next_item_training_bytes(training(), size)) + text;
}

void LmSasRec::fit(const TrainingData& data) {
  require_interactions(name(), data);
  require_item_vectors(name(), data);
  const Whitening whitening = whiten(data.item_vectors, options_.components);
  NextItemTraining how = options_.training();
  how.id_dropout = options_.id_dropout;
  TrainedNextItem trained = train_next_item(how, whitening(data.item_vectors), data);
  model_ = {std::move(trained.items), std::move(trained.parameters), std::move(trained.transformer)};
  Matrix map(model_.width(), data.item_vectors.cols());
  if (!whitening.map.empty())
    multiply(trained.text_map.data(), trained.text_map.rows(), trained.text_map.cols(),
             PackedMatrix::pack(whitening.map, /*transposed=*/false), map.data(), map.cols());
  std::vector<float> shift(map.rows());
  for (std::int64_t d = 0; d < map.rows(); ++d) shift[d] = -dot(map.row(d).data(), whitening.mean.data(), map.cols());
  set_text(std::move(map), std::move(shift));
}

void LmSasRec::set_text(Matrix map, std::vector<float> shift) {
  text_map_ = std::move(map);
  text_shift_ = std::move(shift);
  packed_map_ = PackedMatrix::pack(text_map_, /*transposed=*/true);
}

void LmSasRec::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  const auto has_text = [](const Query& query) { return !query.text.empty(); };
  Matrix words;
  if (std::ranges::any_of(queries, has_text)) words = Matrix(std::ssize(queries), model_.width());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    if (!has_text(queries[q])) continue;
    if (std::ssize(queries[q].text) != text_map_.cols())
      throw Error(ErrorCode::kData,
                  fmt::format("the text of a query is a vector of {}, wanted {} as the items have",
                              queries[q].text.size(), text_map_.cols()),
                  "encode it with the language model of the items");
    multiply_serial(queries[q].text.data(), 1, text_map_.cols(), packed_map_,
                    words.row(static_cast<std::int64_t>(q)).data(), words.cols(), {.bias = text_shift_.data()});
  }
  model_.score(queries, words, scores);
}

void LmSasRec::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  model_.save(out, prefix);
  out.add(prefix + "text.map", text_map_.values(), {text_map_.rows(), text_map_.cols()});
  out.add(prefix + "text.shift", std::span<const float>(text_shift_), {std::ssize(text_shift_)});
}

void LmSasRec::load(const SafetensorsFile& in, const std::string& prefix) {
  NextItemModel model = NextItemModel::load(in, prefix, options_.training().shape);
  Matrix map = read_matrix(in, prefix + "text.map");
  if (map.rows() != model.width()) bad_tensor(in, prefix + "text.map", "has another width than the items");
  const auto shift = in.values<float>(prefix + "text.shift", {map.rows()});
  model_ = std::move(model);
  set_text(std::move(map), {shift.begin(), shift.end()});
}

std::vector<ScoredIndex> LmSasRec::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  return model_.similar_items(item, k);
}

}  // namespace genre
