#include "genre/linalg/instruction_sets.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace genre::linalg {
namespace {

constexpr InstructionSet kAll[] = {InstructionSet::kPortable, InstructionSet::kAvx2,       InstructionSet::kAvxVnni,
                                   InstructionSet::kAvx512,   InstructionSet::kAvx512Vnni, InstructionSet::kAvx512Bf16,
                                   InstructionSet::kAmx};
constexpr const char* kNames[] = {"portable", "avx2", "avxvnni", "avx512", "avx512vnni", "avx512bf16", "amx"};

// GENRE_CPU as the test wants it, and afterwards as it was.
class InstructionSets : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* const value = std::getenv("GENRE_CPU")) before_ = value, was_set_ = true;
    unsetenv("GENRE_CPU");
  }
  void TearDown() override { was_set_ ? setenv("GENRE_CPU", before_.c_str(), 1) : unsetenv("GENRE_CPU"); }

 private:
  std::string before_;
  bool was_set_ = false;
};

TEST_F(InstructionSets, ANameAllowsItselfAndAllBeforeIt) {
  for (std::size_t cap = 0; cap < std::size(kAll); ++cap) {
    setenv("GENRE_CPU", kNames[cap], 1);
    for (std::size_t set = 0; set < std::size(kAll); ++set) EXPECT_EQ(is_allowed(kAll[set]), set <= cap) << kNames[cap];
  }
}

TEST_F(InstructionSets, WithoutANameOrWithAnUnknownOneAllAreAllowed) {
  for (const InstructionSet set : kAll) EXPECT_TRUE(is_allowed(set));
  setenv("GENRE_CPU", "quantum", 1);
  for (const InstructionSet set : kAll) EXPECT_TRUE(is_allowed(set));
}

TEST_F(InstructionSets, AProcessorHasWhatItsSetsBuildOn) {
  EXPECT_TRUE(processor_has(InstructionSet::kPortable));
  const auto implies = [](InstructionSet set, InstructionSet base) {
    EXPECT_LE(processor_has(set), processor_has(base)) << static_cast<int>(set);
  };
  for (const InstructionSet set : kAll)
    if (set != InstructionSet::kPortable) implies(set, InstructionSet::kAvx2);
  implies(InstructionSet::kAvx512Vnni, InstructionSet::kAvx512);
  implies(InstructionSet::kAvx512Bf16, InstructionSet::kAvx512);
  implies(InstructionSet::kAmx, InstructionSet::kAvx512Vnni);
  implies(InstructionSet::kAmx, InstructionSet::kAvx512Bf16);
}

TEST_F(InstructionSets, TheFirstAllowedOneOfThoseThatRunIsChosen) {
  static constexpr int kBest = 1, kPlain = 2;
  const auto sets = runnable<int>({{InstructionSet::kAmx, nullptr},  // not compiled
                                   {InstructionSet::kAvx2, &kBest},
                                   {InstructionSet::kPortable, &kPlain}});
  EXPECT_EQ(sets.size(), processor_has(InstructionSet::kAvx2) ? 2U : 1U);
  EXPECT_EQ(choose(sets), processor_has(InstructionSet::kAvx2) ? kBest : kPlain);
  setenv("GENRE_CPU", "portable", 1);
  EXPECT_EQ(choose(sets), kPlain);
}

}  // namespace
}  // namespace genre::linalg
