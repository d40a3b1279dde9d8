#include "genre/rec/mmoe.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/config/integer_list.h"
#include "genre/linalg/all_zeros.h"
#include "genre/neural/binary_cross_entropy.h"
#include "genre/neural/lookup.h"
#include "genre/rec/absent_items.h"
#include "genre/rec/cosine_neighbours.h"
#include "genre/rec/parameter_tensors.h"
#include "genre/rec/strangers.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

constexpr std::int64_t kScoredItems = 256;  // that go through the network together

ConstMatrixView rows_from(const Matrix& matrix, std::int64_t first, std::int64_t count) {
  return {matrix.data() + first * matrix.cols(), count, matrix.cols()};
}

Matrix gathered(const Matrix& matrix, std::span<const std::int32_t> rows) {
  Matrix out(std::ssize(rows), matrix.cols());
  neural::look_up(matrix, rows, out.view());
  return out;
}

// Of some items: their vectors, and what they bring to the experts and to a task's gate.
struct SomeItems {
  Matrix vectors, experts, gates;
};

}  // namespace

void MmoeOptions::fields(config::Fields& f) {
  f.choice("score", score, {"click", "rating"}, "which task orders items: who touches what, or how it would be rated");
  f.number("click_weight", click_weight, {.minimum = 0, .maximum = 1000},
           "of the loss of who touches what; 0: not learnt");
  f.number("rating_weight", rating_weight, {.minimum = 0, .maximum = 1000}, "of the loss of ratings; 0: not learnt");
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("experts", experts, {.minimum = 1, .maximum = 64}, "parts that all tasks share, mixed by a gate of each");
  f.integer("expert_width", expert_width, {.minimum = 1, .maximum = 4096}, "width of an expert");
  f.add(config::integer_list("hidden", hidden, {.minimum = 1, .maximum = 65536},
                             "widths of the layers of each task's tower; none: one number of the mixture"));
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.95},
           "of vectors and of what goes into each layer of towers");
  f.integer("negatives", negatives, {.minimum = 1, .maximum = 1000}, "items drawn for each interaction");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the interactions and the ratings");
  f.integer("batch", batch, {.minimum = 1, .maximum = 1000000},
            "interactions, each with its negatives, of a step, beside an equal share of the ratings");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 1}, "size of a step of Adam");
  f.number("weight_decay", weight_decay, {.minimum = 0, .maximum = 1}, "share of a weight that a step of size 1 takes");
}

MmoeTraining MmoeOptions::training() const {
  const bool rates = score == "rating";
  if ((rates ? rating_weight : click_weight) == 0) {
    const std::string key = rates ? "model.rating_weight" : "model.click_weight";
    throw Error(ErrorCode::kConfig, "items are ordered by " + score + "s, which are not learnt",
                "set " + key + " above 0, or choose another score", {.key = key});
  }
  MmoeTraining out{.shape = {.tasks = 2,
                             .width = factors,
                             .experts = experts,
                             .expert_width = expert_width,
                             .hidden = {hidden.begin(), hidden.end()},
                             .dropout = dropout},
                   .click_weight = click_weight,
                   .rating_weight = rating_weight,
                   .negatives = negatives,
                   .epochs = epochs,
                   .batch = batch,
                   .learning_rate = learning_rate,
                   .weight_decay = weight_decay};
  return out;
}

std::unique_ptr<Recommender> MmoeOptions::build() const {
  training();
  if (score == "rating") return std::make_unique<MmoeRatings>(*this);
  return std::make_unique<Mmoe>(*this);
}

std::int64_t MmoeOptions::fit_bytes(const DataSize& size) const { return mmoe_training_bytes(training(), size); }

void Mmoe::fit(const TrainingData& data) {
  require_interactions(name(), data);
  set(train_mmoe(options_.training(), data));
}

void Mmoe::set(TrainedMmoe trained) {
  trained_ = std::move(trained);
  trained_.network->pack(trained_.parameters);
  mean_ = mean_row(trained_.users);
  const neural::MmoeShape& shape = trained_.network->shape();
  experts_ = Matrix(items(), shape.expert_numbers());
  gates_.clear();
  for (int task = 0; task < shape.tasks; ++task) {
    gates_.emplace_back(items(), shape.experts);
    trained_.network->describe_items(trained_.parameters, task, trained_.items, experts_.view(), gates_.back().view());
  }
}

bool Mmoe::remembers(const Query& query) const {
  const Matrix& users = trained_.users;
  return query.user && *query.user >= 0 && *query.user < users.rows() && !all_zeros(users.row(*query.user));
}

std::vector<float> Mmoe::fold_in(std::span<const std::int32_t> history) const {
  std::vector<float> user = mean_;
  const auto known = history.last(std::min<std::size_t>(history.size(), kFoldInEvents));
  if (known.empty()) return user;
  std::vector<std::int32_t> has(known.begin(), known.end());
  std::ranges::sort(has);
  const auto absent = static_cast<std::uint64_t>(items() - std::ssize(has));
  const std::size_t pairs = has.size() * (absent == 0 || options_.click_weight == 0 ? 1 : 1 + options_.negatives);
  std::vector<std::int32_t> numbers = has;
  numbers.resize(pairs);
  std::vector<float> labels(pairs, 0.0f), y(pairs);
  std::fill_n(labels.begin(), has.size(), 1.0f);
  const float liked = (trained_.scale.liked - trained_.scale.mean) / trained_.deviation;
  RandomStream random(has.size(), "mmoe stranger");
  neural::MmoeNetwork::Pass pass;
  Matrix of_task(1, std::ssize(user));
  const auto items_of = [&](int task, std::span<const std::int32_t> rows) {
    return SomeItems{gathered(trained_.items, rows), gathered(experts_, rows), gathered(gates_[task], rows)};
  };
  const SomeItems rated = items_of(kRatingTask, has);
  const auto learn = [&](int task, const SomeItems& of, ConstMatrixView vector, std::span<float> gradient,
                         const auto& to_gradient) {
    const std::span<float> of_rows = std::span(y).first(of.vectors.rows());
    trained_.network->forward(trained_.parameters, task, vector, of.vectors, of.experts, of.gates, pass, of_rows);
    to_gradient(of_rows);
    trained_.network->user_backward(trained_.parameters, task, vector, of.vectors, of_rows, pass, of_task.view());
    add_scaled(1, of_task.data(), gradient.data(), std::ssize(gradient));
  };
  descend(user, kFoldInSteps, kFoldInRate, [&](std::span<const float> vector, std::span<float> gradient) {
    const ConstMatrixView row{vector.data(), 1, std::ssize(vector)};
    std::ranges::fill(gradient, 0.0f);
    for (std::size_t n = has.size(); n < pairs; ++n)
      numbers[n] = absent_item(has, static_cast<std::int32_t>(random.below(absent)));
    if (options_.click_weight > 0)
      learn(kClickTask, items_of(kClickTask, numbers), row, gradient, [&](std::span<float> of_rows) {
        neural::binary_cross_entropy(of_rows, labels,
                                     static_cast<float>(options_.click_weight / static_cast<double>(pairs)), of_rows);
      });
    if (options_.rating_weight > 0)
      learn(kRatingTask, rated, row, gradient, [&](std::span<float> of_rows) {
        const auto factor = static_cast<float>(2 * options_.rating_weight / static_cast<double>(has.size()));
        for (float& one : of_rows) one = factor * (one - liked);
      });
  });
  return user;
}

void Mmoe::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  neural::MmoeNetwork::Pass pass;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const Query& query = queries[q];
    const std::vector<float> stranger = remembers(query) ? std::vector<float>() : fold_in(query.history);
    const ConstMatrixView user{
        stranger.empty() ? std::as_const(trained_.users).row(*query.user).data() : stranger.data(), 1,
        trained_.users.cols()};
    const std::span<float> out = scores.row(static_cast<std::int64_t>(q));
    for (std::int64_t first = 0; first < items(); first += kScoredItems) {
      const std::int64_t count = std::min(kScoredItems, items() - first);
      trained_.network->forward(trained_.parameters, task(), user, rows_from(trained_.items, first, count),
                                rows_from(experts_, first, count), rows_from(gates_[task()], first, count), pass,
                                out.subspan(first, count));
    }
    if (task() == kRatingTask)
      for (float& one : out) one = trained_.scale.mean + trained_.deviation * one;
  }
}

void Mmoe::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  const auto add = [&](const std::string& name, const Matrix& values) {
    out.add(prefix + name, values.values(), {values.rows(), values.cols()});
  };
  add("users", trained_.users);
  add("items", trained_.items);
  add_parameters(out, prefix, trained_.parameters);
  out.add(prefix + "scale", as_tensor(trained_.scale), {4});
  out.add(prefix + "deviation", std::span(&trained_.deviation, 1), {1});
}

void Mmoe::load(const SafetensorsFile& in, const std::string& prefix) {
  TrainedMmoe out;
  const neural::MmoeShape shape = options_.training().shape;
  const auto vectors = [&](const std::string& name) {
    Matrix values = read_matrix(in, prefix + name);
    if (values.empty()) bad_tensor(in, prefix + name, "is empty");
    if (values.cols() != shape.width) bad_tensor(in, prefix + name, "has another width than model.factors");
    return values;
  };
  out.users = vectors("users");
  out.items = vectors("items");
  RandomStream random(0, "loaded");
  out.network = std::make_unique<neural::MmoeNetwork>(shape, out.parameters, random);
  read_parameters(in, prefix, out.parameters);
  out.scale = read_scale(in, prefix + "scale");
  out.deviation = in.values<float>(prefix + "deviation", {1})[0];
  set(std::move(out));
}

std::vector<ScoredIndex> Mmoe::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  return cosine_neighbours(trained_.items, item, k);
}

}  // namespace genre
