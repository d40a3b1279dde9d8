// How long one answer takes: a model of a made-up catalogue, asked for the best ten items of a known user and of a
// stranger's history, one thread, one query after the other. Prints one JSON object. What is learnt is of no use and
// changes no time: a few users, one epoch. Run: answer MODEL ITEMS EVENTS [key=value ...], where the keys are the
// model's own.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/base/thread_pool.h"
#include "genre/config/toml.h"
#include "genre/linalg/gemm.h"
#include "genre/rec/registry.h"

namespace genre {
namespace {

constexpr int kUsers = 200, kQueries = 500, kWarm = 50;

struct Log {
  CsrMatrix interactions;
  std::vector<std::int64_t> times;
  TrainingData data() const { return {.interactions = interactions, .item_vectors = {}, .times = times}; }
};

Log made_up(std::int64_t items, std::int64_t events) {
  RandomStream random(7, "log");
  std::vector<Triplet> entries;
  for (std::int32_t user = 0; user < kUsers; ++user)
    for (std::int64_t n = 0; n < events; ++n)
      entries.push_back({user, static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(items))), 1.0f});
  Log out;
  out.interactions = csr_from_triplets(kUsers, items, std::move(entries));
  out.times.resize(out.interactions.indices.size());
  std::iota(out.times.begin(), out.times.end(), 0);
  return out;
}

struct Milliseconds {
  double median, most;  // of a hundred, one takes longer than `most`
};

Milliseconds ask(const Recommender& model, const Log& log, bool known) {
  std::vector<double> seconds;
  for (int n = -kWarm; n < kQueries; ++n) {
    const std::int32_t user = (n + kWarm) % kUsers;
    const auto history = log.interactions.row_indices(user);
    const auto start = std::chrono::steady_clock::now();
    const auto list = recommend(model, {.user = known ? std::optional(user) : std::nullopt, .history = history},
                                {.k = 10, .exclude = history});
    if (list.size() != 10) throw Error(ErrorCode::kRuntime, "a list has fewer than ten items");
    if (n >= 0) seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(seconds);
  return {1e3 * seconds[kQueries / 2], 1e3 * seconds[kQueries * 99 / 100]};
}

int run(int count, char** arguments) {
  if (count < 4) {
    std::fprintf(stderr, "usage: answer MODEL ITEMS EVENTS [key=value ...]\n");
    return 2;
  }
  const auto options = make_recommender_options(arguments[1]);
  const std::int64_t items = std::stoll(arguments[2]), events = std::stoll(arguments[3]);
  std::string settings;
  for (int a = 4; a < count; ++a) settings += std::string(arguments[a]) + "\n";
  config::Fields f;
  options->fields(f);
  std::vector<config::Fault> faults;
  f.load(config::parse_toml(settings, "arguments"), "model", faults);
  if (!faults.empty()) throw Error(ErrorCode::kConfig, faults.front().key + ": " + faults.front().message);
  const Log log = made_up(items, events);
  const auto model = options->build();
  model->fit(log.data());
  const Milliseconds stranger = ask(*model, log, /*known=*/false), known = ask(*model, log, /*known=*/true);
  std::printf(
      "{\"model\": \"%s\", \"items\": %lld, \"events\": %lld, \"instructions\": \"%s\", \"history_p50_ms\": %.3f, "
      "\"history_p99_ms\": %.3f, \"user_p50_ms\": %.3f, \"user_p99_ms\": %.3f}\n",
      arguments[1], static_cast<long long>(items), static_cast<long long>(events),
      std::string(gemm_kernel_name()).c_str(), stranger.median, stranger.most, known.median, known.most);
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
