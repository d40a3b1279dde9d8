#include "genre/rec/alpha_rec.h"

#include <algorithm>
#include <cmath>

#include "genre/rec/alpha_rec_training.h"
#include "genre/rec/centred_vectors.h"
#include "genre/rec/tensors.h"

namespace genre {

void AlphaRecOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("hidden", hidden, {.minimum = 1, .maximum = 65536}, "width inside the network that reads texts");
  f.integer("layers", layers, {.minimum = 1, .maximum = 16}, "of propagation over the graph");
  f.number("temperature", temperature, {.minimum = 0.001, .maximum = 10}, "that cosines are divided by in training");
  f.integer("negatives", negatives, {.minimum = 0, .maximum = 1e6},
            "items drawn for a step, beside those of its interactions; 0: all items");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the interactions");
  f.integer("batch", batch, {.minimum = 1, .maximum = 1 << 24}, "interactions whose mean loss makes a step");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 1}, "size of a step of Adam");
  f.number("weight_decay", weight_decay, {.minimum = 0, .maximum = 1}, "share of a weight that a step of size 1 takes");
}

std::unique_ptr<Recommender> AlphaRecOptions::build() const { return std::make_unique<AlphaRec>(*this); }

std::int64_t AlphaRecOptions::fit_bytes(const DataSize& size) const {
  return alpha_rec_training_bytes(*this, size) + factor_bytes(size, factors) +
         4 * size.dimension * (size.items + 2 * hidden + 1);
}

void AlphaRec::fit(const TrainingData& data) {
  require_interactions(name(), data);
  require_item_vectors(name(), data);
  CentredVectors text = centre_vectors(data.item_vectors, /*centre=*/true);
  TrainedAlphaRec trained = train_alpha_rec(options_, text.vectors, data);
  std::vector<std::uint8_t> known = std::move(text.has_text);
  for (const std::int32_t item : data.interactions.indices) known[item] = 1;
  Matrix items = std::move(trained.vectors.items);
  for (std::int64_t item = 0; item < items.rows(); ++item) {
    if (known[item] == 0) std::ranges::fill(items.row(item), 0.0f);
    scale_to_unit(items.row(item));
  }
  set_network({.mean = std::move(text.mean),
               .first = std::move(trained.parameters.value(0)),
               .second = std::move(trained.parameters.value(2)),
               .first_bias = std::move(trained.parameters.value(1)),
               .second_bias = std::move(trained.parameters.value(3)),
               .item_sums = std::move(trained.item_sums),
               .history_items = std::move(trained.history_items)});
  set_factors({{}, std::move(items), {}, {}});
}

void AlphaRec::set_network(Network network) {
  network_ = std::move(network);
  packed_first_ = PackedMatrix::pack(network_.first, /*transposed=*/true);
  packed_second_ = PackedMatrix::pack(network_.second, /*transposed=*/true);
}

bool AlphaRec::personalises(const Query& query) const {
  return !query.text.empty() || FactorModel::personalises(query);
}

float AlphaRec::fold_in(const Query& query, std::span<float> vector) const {
  const std::int64_t hidden = network_.item_sums.cols(), width = std::ssize(vector);
  const auto network = [&](std::span<float> sums, std::span<float> out) {
    neural::TextNodes::activate(sums);
    multiply_serial(sums.data(), 1, hidden, packed_second_, out.data(), width, {.bias = network_.second_bias.data()});
  };
  std::vector<float> sums(hidden), given(width), own(width);
  sum_rows(network_.item_sums, query.history, {}, sums);
  sum_rows(network_.history_items, query.history, {}, given);
  const auto share = 1 / static_cast<float>(options_.layers + 1);
  auto items = static_cast<float>(query.history.size());
  if (!query.text.empty()) {
    require_text_width(query, std::ssize(network_.mean));
    std::vector<float> text(query.text.begin(), query.text.end()), of_text(hidden);
    for (std::size_t d = 0; d < text.size(); ++d) text[d] -= network_.mean[d];
    scale_to_unit(text);
    multiply_serial(text.data(), 1, std::ssize(text), packed_first_, of_text.data(), hidden,
                    {.bias = network_.first_bias.data()});
    add_scaled(1, of_text.data(), sums.data(), hidden);
    network(of_text, own);
    add_scaled(share, own.data(), given.data(), width);
    ++items;
  }
  for (float& sum : sums) sum /= items;
  network(sums, own);
  for (std::int64_t d = 0; d < width; ++d) vector[d] = share * own[d] + given[d] / std::sqrt(items);
  scale_to_unit(vector);
  return 0;
}

void AlphaRec::save(SafetensorsWriter& out, const std::string& prefix) const {
  FactorModel::save(out, prefix);
  const auto add = [&](const char* name, const Matrix& matrix) {
    out.add(prefix + name, matrix.values(), {matrix.rows(), matrix.cols()});
  };
  out.add(prefix + "text.mean", std::span<const float>(network_.mean), {std::ssize(network_.mean)});
  add("first.weight", network_.first);
  add("first.bias", network_.first_bias);
  add("second.weight", network_.second);
  add("second.bias", network_.second_bias);
  add("item_sums", network_.item_sums);
  add("history_items", network_.history_items);
}

void AlphaRec::load(const SafetensorsFile& in, const std::string& prefix) {
  const auto read = [&](const char* name, std::int64_t rows, std::int64_t cols) {
    Matrix out = read_matrix(in, prefix + name);
    if ((rows >= 0 && out.rows() != rows) || (cols >= 0 && out.cols() != cols))
      bad_tensor(in, prefix + name, "does not fit the others");
    return out;
  };
  Network network{.mean = read_vector<float>(in, prefix + "text.mean")};
  network.first = read("first.weight", -1, std::ssize(network.mean));
  const std::int64_t hidden = network.first.rows();
  network.first_bias = read("first.bias", 1, hidden);
  network.second = read("second.weight", -1, hidden);
  const std::int64_t width = network.second.rows();
  network.second_bias = read("second.bias", 1, width);
  network.item_sums = read("item_sums", -1, hidden);
  network.history_items = read("history_items", network.item_sums.rows(), width);
  read("items", network.item_sums.rows(), width);
  FactorModel::load(in, prefix);
  set_network(std::move(network));
}

}  // namespace genre
