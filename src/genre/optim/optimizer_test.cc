#include "genre/optim/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "genre/optim/adafactor.h"
#include "genre/optim/adam.h"
#include "genre/optim/lamb.h"
#include "genre/optim/lion.h"
#include "genre/optim/sgd.h"

namespace genre {
namespace {

using Numbers = std::vector<float>;

nlohmann::json golden() {
  return nlohmann::json::parse(std::ifstream(GENRE_SOURCE_DIR "/tests/golden/optimizers.json"));
}

std::unique_ptr<Optimizer> make(const std::string& name) {
  for (const auto& one : optimizer_alternatives())
    if (one.name == name) return std::static_pointer_cast<OptimizerOptions>(one.make())->build();
  return nullptr;
}

constexpr std::int64_t kRows[] = {4, 1}, kCols[] = {3, 5};

// The weights of both tensors after every golden gradient.
std::vector<std::vector<Numbers>> run(Optimizer& optimizer, const nlohmann::json& data, const UpdateRule& rule) {
  std::vector<Numbers> tensors = data["start"].get<std::vector<Numbers>>();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(optimizer.add(kRows[i], kCols[i]), i);
  std::vector<std::vector<Numbers>> out;
  for (const auto& gradients : data["gradients"]) {
    optimizer.begin_step();
    for (int i = 0; i < 2; ++i) optimizer.update(i, tensors[i], gradients[i].get<Numbers>(), rule);
    out.push_back(tensors);
  }
  return out;
}

void expect_near(const std::vector<std::vector<Numbers>>& found, const std::vector<std::vector<Numbers>>& wanted,
                 double tolerance) {
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t s = 0; s < found.size(); ++s)
    for (std::size_t t = 0; t < found[s].size(); ++t)
      for (std::size_t i = 0; i < found[s][t].size(); ++i)
        ASSERT_NEAR(found[s][t][i], wanted[s][t][i], tolerance) << "step " << s << " tensor " << t << " number " << i;
}

struct Case {
  std::string name;
  std::unique_ptr<Optimizer> optimizer;
};

TEST(Optimizer, GivesWhatTorchGives) {
  const auto data = golden();
  SgdOptions plain, momentum, nesterov;
  plain.momentum = 0;
  nesterov.nesterov = true;
  std::vector<Case> cases;
  cases.push_back({"sgd", plain.build()});
  cases.push_back({"sgd momentum", momentum.build()});
  cases.push_back({"sgd nesterov", nesterov.build()});
  cases.push_back({"adam", make("adam")});
  cases.push_back({"adamw", make("adamw")});
  cases.push_back({"adafactor", make("adafactor")});
  ASSERT_EQ(cases.size(), data["cases"].size());
  for (Case& one : cases) {
    SCOPED_TRACE(one.name);
    const auto& wanted = data["cases"][one.name];
    const UpdateRule rule{wanted["settings"]["lr"].get<double>(), wanted["settings"]["weight_decay"].get<double>()};
    expect_near(run(*one.optimizer, data, rule), wanted["steps"].get<std::vector<std::vector<Numbers>>>(), 2e-6);
  }
}

double norm(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += v * v;
  return std::sqrt(sum);
}

TEST(Optimizer, LionAndLambAreTheirPapersAlgorithms) {
  const auto data = golden();
  constexpr double kRate = 0.03, kDecay = 0.1;
  std::vector<std::vector<Numbers>> lion, lamb;
  std::vector<Numbers> of_lion = data["start"].get<std::vector<Numbers>>(), of_lamb = of_lion;
  std::vector<std::vector<double>> m(2), first(2), second(2);
  double t = 0;
  for (const auto& gradients : data["gradients"]) {
    ++t;
    for (int i = 0; i < 2; ++i) {
      const auto g = gradients[i].get<std::vector<double>>();
      for (auto* state : {&m, &first, &second}) (*state)[i].resize(g.size());
      std::vector<double> r(g.size());
      for (std::size_t j = 0; j < g.size(); ++j) {
        const double c = 0.9 * m[i][j] + 0.1 * g[j], w = of_lion[i][j];
        of_lion[i][j] = static_cast<float>(w - kRate * ((c > 0 ? 1 : c < 0 ? -1 : 0) + kDecay * w));
        m[i][j] = 0.99 * m[i][j] + 0.01 * g[j];
        first[i][j] = 0.9 * first[i][j] + 0.1 * g[j];
        second[i][j] = 0.999 * second[i][j] + 0.001 * g[j] * g[j];
        r[j] = first[i][j] / (1 - std::pow(0.9, t)) / (std::sqrt(second[i][j] / (1 - std::pow(0.999, t))) + 1e-6) +
               kDecay * of_lamb[i][j];
      }
      const double trust = norm({of_lamb[i].begin(), of_lamb[i].end()}) / norm(r);
      for (std::size_t j = 0; j < g.size(); ++j) of_lamb[i][j] -= static_cast<float>(kRate * trust * r[j]);
    }
    lion.push_back(of_lion);
    lamb.push_back(of_lamb);
  }
  expect_near(run(*make("lion"), data, {kRate, kDecay}), lion, 2e-6);
  expect_near(run(*make("lamb"), data, {kRate, kDecay}), lamb, 5e-6);
}

TEST(Optimizer, AllOfThemFindTheBottomOfABowl) {
  for (const auto& one : optimizer_alternatives()) {
    const auto optimizer = std::static_pointer_cast<OptimizerOptions>(one.make())->build();
    optimizer->add(2, 2);
    Numbers w = {1, -2, 3, 0.5}, g(4);
    const Numbers target = {0.5, 0.25, -1, 2};
    for (int step = 1; step <= 2000; ++step) {
      optimizer->begin_step();
      for (int i = 0; i < 4; ++i) g[i] = w[i] - target[i];
      optimizer->update(0, w, g, {0.05 * (1 - step / 2001.0), 0});
    }
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(w[i], target[i], 1e-2) << one.name;
  }
}

TEST(Optimizer, RowsAreUpdatedAsInAWholeTensorAndOthersStay) {
  for (const auto& one : optimizer_alternatives()) {
    const auto whole = make(one.name), part = make(one.name);
    if (!whole->updates_rows()) continue;
    constexpr int kR = 6, kC = 20;
    Numbers a(kR * kC), g(kR * kC);
    for (int i = 0; i < kR * kC; ++i) {
      a[i] = std::sin(0.7f * static_cast<float>(i));
      g[i] = std::cos(1.3f * static_cast<float>(i));
    }
    Numbers b = a;
    const Numbers start = a;
    whole->add(kR, kC);
    part->add(kR, kC);
    const std::vector<std::int64_t> rows = {4, 1};
    Numbers some;
    for (const auto r : rows) some.insert(some.end(), g.begin() + r * kC, g.begin() + (r + 1) * kC);
    for (int step = 0; step < 3; ++step) {
      whole->begin_step();
      part->begin_step();
      whole->update(0, a, g, {0.01, 0.1});
      part->update_rows(0, b, rows, some, {0.01, 0.1});
    }
    for (int r = 0; r < kR; ++r)
      for (int c = 0; c < kC; ++c)
        EXPECT_EQ(b[r * kC + c], r == 4 || r == 1 ? a[r * kC + c] : start[r * kC + c]) << one.name << " row " << r;
  }
}

TEST(Optimizer, StateAndStepRestoreToTheSameBits) {
  const auto data = golden();
  for (const auto& one : optimizer_alternatives()) {
    const auto first = make(one.name);
    std::vector<Numbers> tensors = run(*first, data, {0.02, 0.1}).back(), copy = tensors;
    const auto second = make(one.name);
    for (int i = 0; i < 2; ++i) second->add(kRows[i], kCols[i]);
    second->set_step(first->step());
    const auto from = first->states();
    auto to = second->states();
    ASSERT_EQ(from.size(), to.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
      ASSERT_EQ(from[i].name, to[i].name);
      ASSERT_EQ(from[i].values.size(), to[i].values.size());
      std::copy(from[i].values.begin(), from[i].values.end(), to[i].values.begin());
    }
    for (auto* optimizer : {first.get(), second.get()}) optimizer->begin_step();
    for (int i = 0; i < 2; ++i) {
      const auto g = data["gradients"][0][i].get<Numbers>();
      first->update(i, tensors[i], g, {0.02, 0.1});
      second->update(i, copy[i], g, {0.02, 0.1});
    }
    EXPECT_EQ(tensors, copy) << one.name;
  }
}

TEST(OptimizerOptions, UsualRatesLieInTheirOwnRange) {
  for (const auto& one : optimizer_alternatives()) {
    const auto options = std::static_pointer_cast<OptimizerOptions>(one.make());
    EXPECT_EQ(options->name(), one.name);
    for (const auto training : {Training::kFineTuning, Training::kAdapter, Training::kFromScratch}) {
      const LearningRates rates = options->learning_rates(training);
      EXPECT_GT(rates.usual, rates.low) << one.name;
      EXPECT_LT(rates.usual, rates.high) << one.name;
      EXPECT_EQ(options->rate(training), rates.usual);
    }
  }
}

}  // namespace
}  // namespace genre
