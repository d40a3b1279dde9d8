// Agreement with Open Bandit Pipeline on the files of tests/golden/make_off_policy_golden.py.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "genre/base/file.h"
#include "genre/eval/off_policy.h"

namespace genre {
namespace {

std::filesystem::path golden(const char* name) {
  return std::filesystem::path(GENRE_SOURCE_DIR) / "tests/golden" / name;
}

std::vector<LoggedRound> golden_rounds() {
  std::string text = read_file(golden("off_policy.csv"));
  std::replace(text.begin(), text.end(), ',', ' ');
  std::istringstream lines(text);
  std::string line, action;
  std::getline(lines, line);
  std::vector<LoggedRound> out;
  for (LoggedRound r; lines >> action >> r.reward >> r.propensity >> r.target >> r.q_hat >> r.dm;) out.push_back(r);
  return out;
}

TEST(OffPolicyGolden, AgreesWithOpenBanditPipeline) {
  const auto rounds = golden_rounds();
  ASSERT_EQ(rounds.size(), 300u);
  std::istringstream lines(read_file(golden("off_policy.tsv")));
  std::string line;
  std::getline(lines, line);
  int compared = 0;
  for (std::string name, lambda, wanted; lines >> name >> lambda >> wanted; ++compared) {
    // Theirs has one lambda, which clips IPS and DR and switches Switch-DR.
    const double limit = std::stod(lambda);
    const OffPolicyResult result = off_policy(rounds, {.clip = limit, .switch_threshold = limit, .resamples = 2});
    bool known = false;
    for (const auto estimator : kOffPolicyEstimators) {
      if (estimator_name(estimator) != name) continue;
      known = true;
      EXPECT_NEAR(result.of(estimator).value, std::stod(wanted), 1e-12) << name << " with lambda " << lambda;
    }
    EXPECT_TRUE(known) << name;
  }
  EXPECT_EQ(compared, 9);
}

}  // namespace
}  // namespace genre
