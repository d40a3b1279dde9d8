// How long one iteration of a factor model takes, and what it reached: fits on the train.tsv that `genre data split`
// wrote, every row a positive, and measures on its test.tsv. Prints one JSON object. Run: factor_fit PARTS MODEL
// ITERATIONS [key=value ...], where the keys are the model's own, as on the command line of genre.
// bench/peers/implicit_factors.py does the same with `implicit`.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/config/toml.h"
#include "genre/eval/metrics.h"
#include "genre/linalg/dense_gram.h"
#include "genre/linalg/gemm.h"
#include "genre/rec/factor_model.h"
#include "genre/rec/recommend_all.h"
#include "genre/rec/registry.h"

namespace genre {
namespace {

// Users and items in the order in which train.tsv names them.
struct Ids {
  std::unordered_map<std::string, std::int32_t> users, items;
};

// Rows of users that `ids` does not know are left out, where it may not grow.
std::vector<Triplet> read_interactions(const std::string& path, Ids& ids, bool grow) {
  std::ifstream in(path);
  if (!in) throw Error(ErrorCode::kNotFound, "cannot read the interactions", "", {.file = path});
  std::string line, user, item;
  std::vector<Triplet> entries;
  std::getline(in, line);  // names of the columns
  const auto number = [&](auto& known, const std::string& id) {
    const auto found = known.find(id);
    if (found != known.end()) return found->second;
    return grow ? known.emplace(id, static_cast<std::int32_t>(known.size())).first->second : -1;
  };
  while (std::getline(in, line)) {
    std::istringstream row(line);
    row >> user >> item;
    const Triplet entry{number(ids.users, user), number(ids.items, item), 1.0f};
    if (entry.row >= 0) entries.push_back(entry);
  }
  return entries;
}

// Mean NDCG@10 over the users of training who have something in test; an item that training does not know is relevant
// and never found.
double ndcg(const Recommender& model, const CsrMatrix& train, const std::vector<Triplet>& test) {
  std::vector<std::vector<std::int32_t>> relevant(train.rows);
  std::int32_t unknown = static_cast<std::int32_t>(train.cols);
  for (const Triplet& entry : test) relevant[entry.row].push_back(entry.col >= 0 ? entry.col : unknown++);
  std::vector<Query> queries;
  std::vector<std::span<const std::int32_t>> seen;
  Judgements judgements;
  for (std::int32_t user = 0; user < train.rows; ++user) {
    if (relevant[user].empty()) continue;
    std::ranges::sort(relevant[user]);
    judgements.items.insert(judgements.items.end(), relevant[user].begin(), relevant[user].end());
    judgements.offsets.push_back(static_cast<std::int64_t>(judgements.items.size()));
    seen.push_back(train.row_indices(user));
    queries.push_back({.user = user, .history = seen.back()});
  }
  Rankings rankings;
  for (const auto& list : recommend_all(model, queries, 10, seen)) {
    for (const auto& entry : list) rankings.items.push_back(entry.index);
    rankings.offsets.push_back(static_cast<std::int64_t>(rankings.items.size()));
  }
  const Metric metric = parse_metric("ndcg@10");
  const auto values = per_query(std::span(&metric, 1), rankings, judgements);
  return std::accumulate(values[0].begin(), values[0].end(), 0.0) / static_cast<double>(values[0].size());
}

// The objective of ials.h with l2_exponent = 0, without the users' and items' products written out: the sum of squared
// scores over all pairs is the product of two Gram matrices.
double implicit_loss(const CsrMatrix& x, const Factors& f, double alpha, double l2) {
  const auto users = dense_gram(f.users), items = dense_gram(f.items);
  const std::int64_t width = f.items.cols();
  double loss = 0;
  for (std::size_t i = 0; i < users.size(); ++i) loss += users[i] * items[i];
  for (std::int64_t d = 0; d < width; ++d) loss += l2 * (users[d * width + d] + items[d * width + d]);
  for (std::int64_t u = 0; u < x.rows; ++u) {
    for (const std::int32_t i : x.row_indices(u)) {
      const double s = dot(f.users.row(u).data(), f.items.row(i).data(), width);
      loss += (1 + alpha) * (1 - s) * (1 - s) - s * s;
    }
  }
  return loss;
}

struct Seconds {
  double wall = 1e30, processor = 1e30;  // the second adds up all threads, and waits for no neighbour
};

// The fastest of three fits.
Seconds fit_seconds(const RecommenderOptions& options, const TrainingData& data, std::unique_ptr<Recommender>& model) {
  Seconds best;
  for (int run = 0; run < 3; ++run) {
    model = options.build();
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t processor = std::clock();
    model->fit(data);
    best.processor = std::min(best.processor, static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC);
    best.wall = std::min(best.wall, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

int run(int count, char** arguments) {
  if (count < 4) {
    std::fprintf(stderr, "usage: factor_fit PARTS MODEL ITERATIONS [key=value ...]\n");
    return 2;
  }
  Ids ids;
  const std::string parts = arguments[1];
  std::vector<Triplet> train = read_interactions(parts + "/train.tsv", ids, /*grow=*/true);
  const CsrMatrix interactions = csr_from_triplets(static_cast<std::int64_t>(ids.users.size()),
                                                   static_cast<std::int64_t>(ids.items.size()), std::move(train));
  const std::string name = arguments[2];
  const int iterations = std::max(2, std::atoi(arguments[3]));
  std::string settings;
  double alpha = 0, l2 = 0;
  for (int a = 4; a < count; ++a) {
    const std::string setting = arguments[a];
    settings += setting + "\n";
    if (setting.starts_with("alpha=")) alpha = std::stod(setting.substr(6));
    if (setting.starts_with("l2=")) l2 = std::stod(setting.substr(3));
  }
  const auto options_with = [&](int rounds) {
    auto options = make_recommender_options(name);
    config::Fields f;
    options->fields(f);
    const bool epochs =
        std::any_of(f.all().begin(), f.all().end(), [](const auto& field) { return field.name == "epochs"; });
    std::vector<config::Fault> faults;
    f.load(config::parse_toml(settings + (epochs ? "epochs=" : "iterations=") + std::to_string(rounds) + "\n",
                              "arguments"),
           "model", faults);
    if (!faults.empty()) throw Error(ErrorCode::kConfig, faults.front().key + ": " + faults.front().message);
    return options;
  };
  const TrainingData data{interactions, {}, 7};
  std::unique_ptr<Recommender> model;
  const Seconds one = fit_seconds(*options_with(1), data, model);
  const Seconds all = fit_seconds(*options_with(iterations), data, model);
  const auto* const factor = dynamic_cast<const FactorModel*>(model.get());
  std::printf(
      "{\"model\": \"%s\", \"interactions\": %lld, \"threads\": %d, \"instructions\": \"%s\", \"iterations\": %d, "
      "\"seconds\": %.4f, \"seconds_an_iteration\": %.5f, \"processor_seconds_an_iteration\": %.5f",
      name.c_str(), static_cast<long long>(interactions.nonzeros()), global_pool().threads(),
      std::string(gemm_kernel_name()).c_str(), iterations, all.wall, (all.wall - one.wall) / (iterations - 1),
      (all.processor - one.processor) / (iterations - 1));
  if (name == "ials" && factor != nullptr)
    std::printf(", \"loss\": %.1f", implicit_loss(interactions, factor->factors(), alpha, l2));
  const auto test = read_interactions(parts + "/test.tsv", ids, /*grow=*/false);
  std::printf(", \"ndcg@10\": %.4f}\n", ndcg(*model, interactions, test));
  return 0;
}

}  // namespace
}  // namespace genre

int main(int count, char** arguments) {
  try {
    return genre::run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
