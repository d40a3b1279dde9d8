// The linear algebra under the classical models, timed on a binary interaction matrix: fitting, recommending to
// everybody, measuring the lists. Prints one JSON line a figure, in the form of bench/peers.
//
//   classical TRAIN TEST [RUNS [LISTS]]     files of "user<TAB>item" with numbers from 0; LISTS: where EASE's go
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "genre/base/random.h"
#include "genre/base/thread_pool.h"
#include "genre/eval/metrics.h"
#include "genre/linalg/csr.h"
#include "genre/linalg/gemm.h"
#include "genre/linalg/spd_inverse.h"
#include "genre/rec/ease.h"
#include "genre/rec/item_knn.h"
#include "genre/rec/recommend_all.h"

namespace {

using namespace genre;  // NOLINT: a program of one file

int runs = 3;

// Wall-clock time, and processor time of all threads, which a busy machine disturbs less.
struct Seconds {
  double wall = 1e30, processor = 1e30;
};

double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// The smallest of `runs`. `prepare` is not timed.
Seconds best(
    const std::function<void()>& body, const std::function<void()>& prepare = [] {}) {
  Seconds out;
  for (int run = 0; run < runs; ++run) {
    prepare();
    const auto start = std::chrono::steady_clock::now();
    const double processor = processor_seconds();
    body();
    out.processor = std::min(out.processor, processor_seconds() - processor);
    out.wall = std::min(out.wall, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return out;
}

void print(const char* what, Seconds seconds, std::int64_t users = 0) {
  std::printf("{\"by\": \"genre\", \"what\": \"%s\", \"seconds\": %.6f, \"processor_seconds\": %.6f", what,
              seconds.wall, seconds.processor);
  if (users > 0) std::printf(", \"users_per_second\": %.0f", static_cast<double>(users) / seconds.wall);
  std::printf("}\n");
  std::fflush(stdout);
}

std::vector<Triplet> read(const std::string& path) {
  std::vector<Triplet> out;
  std::ifstream in(path);
  std::int32_t user = 0, item = 0;
  while (in >> user >> item) out.push_back({user, item, 1.0f});
  if (out.empty()) {
    std::fprintf(stderr, "error: no interaction in %s\n", path.c_str());
    std::exit(3);
  }
  return out;
}

// Scores are products of random factors: the recommending half of every factor model.
class RandomFactors : public Recommender {
 public:
  RandomFactors(std::int64_t users, std::int64_t items, std::int64_t factors) : users_(users, factors) {
    RandomStream random(7, "factors");
    Matrix of_items(items, factors);
    for (Matrix* side : {&users_, &of_items})
      for (float& x : std::span(side->data(), side->rows() * side->cols())) x = static_cast<float>(random.normal());
    items_ = PackedMatrix::pack(of_items, /*transposed=*/true);
  }
  std::string_view name() const override { return "random_factors"; }
  void fit(const TrainingData&) override {}
  void score(std::span<const Query> queries, MatrixView scores) const override {
    multiply_serial(users_.row(*queries[0].user).data(), static_cast<std::int64_t>(queries.size()), users_.cols(),
                    items_, scores.data(), scores.cols());
  }
  bool personalises(const Query&) const override { return true; }
  bool gains_from_many_queries() const override { return false; }  // as a FactorModel of this size
  std::int64_t items() const override { return items_.cols(); }
  void save(SafetensorsWriter&, const std::string&) const override {}
  void load(const SafetensorsFile&, const std::string&) override {}

 private:
  Matrix users_;
  PackedMatrix items_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: classical TRAIN TEST [RUNS [LISTS]]\n");
    return 2;
  }
  if (argc > 3) runs = std::max(1, std::atoi(argv[3]));
  const std::vector<Triplet> train = read(argv[1]), test = read(argv[2]);
  std::int32_t users = 0, items = 0;
  for (const auto* part : {&train, &test}) {
    for (const Triplet& entry : *part) {
      users = std::max(users, entry.row + 1);
      items = std::max(items, entry.col + 1);
    }
  }
  const CsrMatrix x = csr_from_triplets(users, items, train), truth = csr_from_triplets(users, items, test);
  std::vector<Query> queries;
  std::vector<std::span<const std::int32_t>> seen;
  for (std::int32_t user = 0; user < users; ++user) {
    seen.push_back(x.row_indices(user));
    queries.push_back({.user = user, .history = seen.back()});
  }
  const TrainingData data{x, {}, 7};
  constexpr double kL2 = 500;

  Matrix products;
  print("EASE Gram", best([&] { products = gram(x); }));
  for (std::int64_t i = 0; i < items; ++i) products.row(i)[i] += kL2;
  Matrix inverse;
  const auto copy = [&] { inverse = products; };
  print("EASE inverse", best([&] { invert_spd(inverse.view()); }, copy));
  const Matrix fast = inverse;
  print("EASE inverse, double", best([&] { invert_spd_in_double(inverse.view()); }, copy));
  double worst = 0;
  for (std::int64_t i = 0; i < items; ++i)
    for (std::int64_t j = 0; j < items; ++j)
      worst = std::max(worst, static_cast<double>(std::abs(std::as_const(fast).row(i)[j] - inverse.row(i)[j]) /
                                                  std::as_const(inverse).row(i)[i]));
  std::fprintf(stderr, "largest difference between the inverses, over the diagonal of its row: %.2e\n", worst);

  EaseOptions ease_options;
  ease_options.l2 = kL2;
  Ease ease(ease_options);
  print("EASE fit", best([&] { ease.fit(data); }));
  std::vector<std::vector<ScoredIndex>> lists;
  const auto recommend_with = [&](const Recommender& model, int k = 10) {
    return best([&] { lists = recommend_all(model, queries, k, seen); });
  };
  ItemKnnOptions knn_options;
  for (const int neighbours : {10, 100}) {
    knn_options.neighbours = neighbours;
    ItemKnn knn(knn_options);
    const std::string label = "item-kNN K=" + std::to_string(neighbours);
    print((label + " fit").c_str(), best([&] { knn.fit(data); }));
    print((label + " recommend").c_str(), recommend_with(knn), users);
  }
  print("64 factors recommend", recommend_with(RandomFactors(users, items, 64)), users);
  print("EASE recommend", recommend_with(ease), users);

  if (argc > 4) {
    std::ofstream out(argv[4]);
    for (std::int32_t user = 0; user < users; ++user)
      for (const auto& entry : lists[user]) out << user << '\t' << entry.index << '\n';
  }
  Rankings rankings;
  Judgements judgements;
  for (std::int32_t user = 0; user < users; ++user) {
    for (const auto& [item, score] : lists[user]) rankings.items.push_back(item);
    rankings.offsets.push_back(static_cast<std::int64_t>(rankings.items.size()));
    judgements.items.insert(judgements.items.end(), truth.row_indices(user).begin(), truth.row_indices(user).end());
    judgements.offsets.push_back(static_cast<std::int64_t>(judgements.items.size()));
  }
  const auto metrics_of = [](std::initializer_list<const char*> names) {
    std::vector<Metric> out;
    for (const char* name : names) out.push_back(parse_metric(name));
    return out;
  };
  const auto ten = metrics_of(
      {"ndcg@10", "recall@10", "mrr@10", "hr@10", "precision@10", "map@10", "ndcg@5", "recall@5", "hr@5", "map@5"});
  std::vector<std::vector<double>> values;
  print("ten metrics", best([&] { values = per_query(ten, rankings, judgements); }), users);
  double sum = 0, count = 0;
  for (const double value : values[0]) {
    if (value != value) continue;
    sum += value;
    ++count;
  }
  std::fprintf(stderr, "EASE NDCG@10 %.4f\n", sum / count);
  print("EASE recommend and ten metrics", best([&] {
          lists = recommend_all(ease, queries, 10, seen);
          Rankings found;
          for (const auto& list : lists) {
            for (const auto& entry : list) found.items.push_back(entry.index);
            found.offsets.push_back(static_cast<std::int64_t>(found.items.size()));
          }
          values = per_query(ten, found, judgements);
        }),
        users);
  return 0;
}
