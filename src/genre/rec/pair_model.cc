#include "genre/rec/pair_model.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "genre/linalg/all_zeros.h"
#include "genre/rec/absent_items.h"
#include "genre/rec/parameter_tensors.h"
#include "genre/rec/strangers.h"
#include "genre/rec/tensors.h"

namespace genre {

PairModel::PairModel(TrainedPairs trained, int negatives)
    : trained_(std::make_unique<TrainedPairs>(std::move(trained))),
      negatives_(negatives),
      mean_(mean_row(trained_->users)) {
  trained_->network->pack(trained_->parameters);
  scorer_ = std::make_unique<neural::PairScorer>(*trained_->network, trained_->parameters, trained_->items);
  const Matrix& vectors = trained_->items;
  const neural::PairShape& shape = trained_->network->shape();
  compared_ = shape.shared() ? shape.width : vectors.cols();
  drawn_ = trained_->drawn;
  if (drawn_.empty()) {
    drawn_.resize(items());
    std::iota(drawn_.begin(), drawn_.end(), 0);
  }
  for (std::int64_t i = 0; i < items(); ++i)
    lengths_.push_back(std::sqrt(dot(vectors.row(i).data(), vectors.row(i).data(), compared_)));
}

bool PairModel::remembers(const Query& query) const {
  if (items() == 0) return false;
  const Matrix& users = trained_->users;
  return query.user && *query.user >= 0 && *query.user < users.rows() && !all_zeros(users.row(*query.user));
}

std::vector<float> PairModel::fold_in(std::span<const std::int32_t> history) const {
  std::vector<float> user = mean_;
  if (history.empty()) return user;
  std::vector<std::int32_t> has(history.begin(), history.end());
  std::ranges::sort(has);
  std::vector<std::int32_t> places;  // of these among drawn_
  for (const std::int32_t item : has)
    if (const auto found = std::ranges::lower_bound(drawn_, item); found != drawn_.end() && *found == item)
      places.push_back(static_cast<std::int32_t>(found - drawn_.begin()));
  const auto absent = static_cast<std::uint64_t>(drawn_.size() - places.size());
  const std::size_t pairs = has.size() * (absent == 0 ? 1 : 1 + negatives_);
  std::vector<std::int32_t> numbers = has;
  std::vector<float> labels(has.size(), 1.0f);
  numbers.resize(pairs);
  labels.resize(pairs, 0.0f);
  RandomStream random(has.size(), "neumf stranger");
  descend(user, kFoldInSteps, kFoldInRate, [&](std::span<const float> vector, std::span<float> gradient) {
    for (std::size_t n = has.size(); n < pairs; ++n)
      numbers[n] = drawn_[absent_item(places, static_cast<std::int32_t>(random.below(absent)))];
    scorer_->user_gradient(vector, numbers, labels, gradient);
  });
  return user;
}

void PairModel::score(std::span<const Query> queries, MatrixView scores) const {
  Matrix users(scores.rows(), trained_->users.cols());
  for (std::int64_t q = 0; q < scores.rows(); ++q) {
    const Query& query = queries[q];
    if (remembers(query))
      std::ranges::copy(std::as_const(trained_->users).row(*query.user), users.row(q).data());
    else
      std::ranges::copy(fold_in(query.history), users.row(q).data());
  }
  scorer_->score(users, scores);
}

std::vector<ScoredIndex> PairModel::similar_items(std::int32_t item, int k) const {
  if (lengths_[item] == 0) return {};
  const Matrix& vectors = trained_->items;
  std::vector<float> scores(items(), kMasked);
  for (std::int64_t other = 0; other < items(); ++other)
    if (other != item && lengths_[other] > 0)
      scores[other] =
          dot(vectors.row(item).data(), vectors.row(other).data(), compared_) / (lengths_[other] * lengths_[item]);
  return top_k(scores, k);
}

void PairModel::save(SafetensorsWriter& out, const std::string& prefix) const {
  const auto add = [&](const std::string& name, const Matrix& values) {
    out.add(prefix + name, values.values(), {values.rows(), values.cols()});
  };
  add("users", trained_->users);
  add("items", trained_->items);
  add_parameters(out, prefix, trained_->parameters);
  if (!trained_->drawn.empty())
    out.add(prefix + "drawn", std::span<const std::int32_t>(trained_->drawn), {std::ssize(trained_->drawn)});
}

PairModel PairModel::load(const SafetensorsFile& in, const std::string& prefix, const neural::PairShape& shape,
                          int negatives) {
  TrainedPairs out;
  const auto read = [&](const std::string& name, std::int64_t width) {
    Matrix values = read_matrix(in, prefix + name);
    if (values.empty()) bad_tensor(in, prefix + name, "is empty");
    if (values.cols() != width) bad_tensor(in, prefix + name, "has another width than the model's settings say");
    return values;
  };
  out.users = read("users", shape.user_vector());
  out.items = read("items", shape.item_vector());
  if (shape.shared()) {
    out.drawn = read_vector<std::int32_t>(in, prefix + "drawn");
    if (!std::ranges::is_sorted(out.drawn, std::less_equal<>()) || out.drawn.empty() || out.drawn.front() < 0 ||
        out.drawn.back() >= out.items.rows())
      bad_tensor(in, prefix + "drawn", "does not hold ascending numbers of items");
  }
  RandomStream random(0, "loaded");
  out.network = std::make_unique<neural::PairNetwork>(shape, out.parameters, random);
  read_parameters(in, prefix, out.parameters);
  return {std::move(out), negatives};
}

}  // namespace genre
