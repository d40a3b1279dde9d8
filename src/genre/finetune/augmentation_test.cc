#include "genre/finetune/augmentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

// A WordNet of five words, of this process alone: tests run side by side, and one of them damages it.
fs::path small_wordnet() {
  const fs::path folder = fs::path(testing::TempDir()) / ("small-wordnet-" + std::to_string(getpid()));
  const std::string licence = "  1 This software and database is being provided\n";
  const std::string first = "00000050 05 n 03 film 0 movie 0 motion_picture 1 000 | a story\n";
  const auto offset = [&](std::size_t bytes) {
    std::string digits = std::to_string(bytes);
    return std::string(8 - digits.size(), '0') + digits;
  };
  const std::string noun_data = licence + first;
  write_file_atomic(folder / "data.noun", noun_data);
  write_file_atomic(folder / "index.noun", licence + "film n 1 2 @ ~ 1 1 " + offset(licence.size()) +
                                               "\nmotion_picture n 1 0 1 1 " + offset(licence.size()) +
                                               "\nmovie n 1 2 @ ~ 1 1 " + offset(licence.size()) + "\n");
  write_file_atomic(folder / "data.adj", licence + "00000050 00 a 02 good(p) 0 Fine 0 000 | of quality\n");
  write_file_atomic(folder / "index.adj", licence + "good a 1 0 1 1 " + offset(licence.size()) + "\n");
  for (const char* pos : {"verb", "adv"})
    for (const char* kind : {"data.", "index."}) write_file_atomic(folder / (std::string(kind) + pos), licence);
  return folder;
}

TEST(Synonyms, ShareTheFirstMeaning) {
  const Synonyms synonyms(small_wordnet());
  EXPECT_THAT(std::vector(synonyms.of("film").begin(), synonyms.of("film").end()), ElementsAre("movie"));
  EXPECT_THAT(std::vector(synonyms.of("good").begin(), synonyms.of("good").end()), ElementsAre("fine"));
  EXPECT_TRUE(synonyms.of("robot").empty());
  EXPECT_EQ(synonyms.size(), 3u);
}

TEST(Synonyms, ReadsWordNetAsDebianInstallsIt) {
  const Synonyms synonyms("/usr/share/wordnet");
  EXPECT_GT(synonyms.size(), 70'000u);
  EXPECT_THAT(std::vector(synonyms.of("film").begin(), synonyms.of("film").end()), testing::Contains("movie"));
  EXPECT_THAT(std::vector(synonyms.of("purchase").begin(), synonyms.of("purchase").end()), testing::Contains("buy"));
}

TEST(Synonyms, DamagedFilesAreRefusedWithTheLine) {
  EXPECT_THROW(Synonyms("/nowhere"), Error);
  const fs::path folder = small_wordnet();
  write_file_atomic(folder / "index.verb", "run v x 0 1 1 00000000\n");
  try {
    const Synonyms damaged(folder);
    FAIL() << "read";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("index.verb:1"));
  }
  write_file_atomic(folder / "index.verb", "run v 1 0 1 1 99999999\n");
  EXPECT_THROW(Synonyms{folder}, Error);
}

TEST(Varied, ReplacesWordsAndKeepsWhatIsAroundThem) {
  const Synonyms synonyms(small_wordnet());
  RandomStream random(1, "test");
  const AugmentationOptions options{.copies = 1, .deletion = 0, .swap = 0, .synonyms = 1};
  EXPECT_EQ(varied("(Good) film, robot 7!", options, {.synonyms = &synonyms, .neighbours = nullptr}, random),
            "(Fine) movie, robot 7!");
}

TEST(Varied, LeavesOutAndSwapsAsOftenAsAsked) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += (i == 0 ? "" : " ") + std::to_string(100 + i);
  RandomStream random(2, "test");
  double words = 0, moved = 0;
  for (int draw = 0; draw < 500; ++draw) {
    const std::string shorter = varied(text, {.copies = 1, .deletion = 0.25, .swap = 0}, {}, random);
    words += static_cast<double>(std::ranges::count(shorter, ' ') + 1);
    const std::string other = varied(text, {.copies = 1, .deletion = 0, .swap = 0.1}, {}, random);
    EXPECT_EQ(other.size(), text.size());
    for (std::size_t i = 0; i < text.size(); i += 4) moved += other.substr(i, 3) != text.substr(i, 3);
  }
  EXPECT_NEAR(words / 500, 30, 0.5);
  EXPECT_NEAR(moved / 500, 7.2, 0.4);  // 8 places of 40 by chance: 40 (1 - (39 / 40)^8) = 7.3 distinct ones
}

TEST(Varied, CropsHistoriesAndNeverLeavesNothing) {
  RandomStream random(3, "test");
  AugmentationOptions options{.copies = 1, .deletion = 0, .swap = 0, .crop = 0.5, .separator = "; "};
  for (int draw = 0; draw < 20; ++draw)
    EXPECT_THAT(varied("a a; b; c c; d", options, {}, random), testing::AnyOf("a a; b", "b; c c", "c c; d"));
  options.deletion = 0.999;
  for (int draw = 0; draw < 20; ++draw) EXPECT_FALSE(varied("a; b", options, {}, random).empty());
  EXPECT_EQ(varied("", options, {}, random), "");
}

TEST(Varied, MasksPartsAsOftenAsAsked) {
  RandomStream random(4, "test");
  const AugmentationOptions options{.deletion = 0, .swap = 0, .mask = 0.25, .separator = "; "};
  int masked = 0;
  for (int draw = 0; draw < 1000; ++draw) {
    const std::string text = varied("alien; heat; jaws; up", options, {}, random);
    const auto parts = parts_of(text, "; ");
    ASSERT_EQ(parts.size(), 4u);
    for (const auto& part : parts) masked += part == "[MASK]" ? 1 : 0;
  }
  EXPECT_NEAR(masked / 1000.0, 1, 0.1);
}

TEST(Varied, ReordersOneRunAndKeepsEveryPart) {
  RandomStream random(5, "test");
  const AugmentationOptions options{.deletion = 0, .swap = 0, .reorder = 0.5, .separator = "; "};
  std::set<std::string> seen;
  for (int draw = 0; draw < 500; ++draw) seen.insert(varied("a; b; c; d", options, {}, random));
  EXPECT_THAT(seen, testing::UnorderedElementsAre("a; b; c; d", "b; a; c; d", "a; c; b; d", "a; b; d; c"));
}

TEST(Varied, SubstitutesPartsByTheirNeighbours) {
  const PartNeighbours neighbours(std::vector<std::string>{"alien; heat", "jaws; up", "jaws; babe"}, "; ");
  RandomStream random(6, "test");
  const AugmentationOptions options{.deletion = 0, .swap = 0, .substitute = 1, .separator = "; "};
  std::set<std::string> seen;
  for (int draw = 0; draw < 100; ++draw)
    seen.insert(varied("alien; jaws; brazil", options, {.synonyms = nullptr, .neighbours = &neighbours}, random));
  EXPECT_THAT(seen, testing::UnorderedElementsAre("heat; up; brazil", "heat; babe; brazil"));
}

TEST(Augment, AddsToTheTrainingPartAlone) {
  Examples examples{.texts = {"one two three four", "five six seven eight", "nine ten eleven twelve"},
                    .others = {},
                    .labels = {"a", "b", "c"},
                    .parts = {Part::kTrain, Part::kTest, Part::kTrain},
                    .file = {}};
  Examples again = examples;
  const AugmentationOptions options{.copies = 5, .deletion = 0.3, .swap = 0.3};
  augment(examples, options, 7);
  EXPECT_GT(examples.texts.size(), 6u);
  EXPECT_EQ(examples.of(Part::kTest).size(), 1u);
  EXPECT_EQ(std::set(examples.texts.begin(), examples.texts.end()).size(), examples.texts.size());
  for (std::size_t i = 3; i < examples.texts.size(); ++i) EXPECT_THAT(examples.labels[i], testing::AnyOf("a", "c"));
  augment(again, options, 7);
  EXPECT_EQ(again.texts, examples.texts);
}

TEST(Augment, AddsTranslationsOfTrainingTexts) {
  setenv("GENRE_CACHE", (fs::path(testing::TempDir()) / "augment-cache").c_str(), 1);
  Examples examples{.texts = {"one", "two", "three", "ONE"},
                    .others = {},
                    .labels = {"a", "b", "c", "a"},
                    .parts = {Part::kTrain, Part::kTest, Part::kTrain, Part::kTrain},
                    .file = {}};
  augment(examples, {.translate = {"tr a-z A-Z"}}, 7);
  EXPECT_THAT(examples.texts, ElementsAre("one", "two", "three", "ONE", "THREE"));
  EXPECT_THAT(examples.labels, ElementsAre("a", "b", "c", "a", "c"));
}

}  // namespace
}  // namespace genre
