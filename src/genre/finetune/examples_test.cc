#include "genre/finetune/examples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class ExamplesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("examples-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    config_.base_folder = folder_;
  }
  void TearDown() override { fs::remove_all(folder_); }

  ExampleSourceOptions& add(const std::string& name, const std::string& content, const std::string& part = "") {
    write_file_atomic(folder_ / name, content);
    ExampleSourceOptions source;
    source.path = name;
    source.part = part;
    config_.finetune.examples.push_back(source);
    return config_.finetune.examples.back();
  }
  static std::string numbered(int count, const std::string& word, const std::string& label) {
    std::string out;
    for (int i = 0; i < count; ++i) out += word + " " + std::to_string(i) + "," + label + "\n";
    return out;
  }
  // The message of the error that reading throws.
  std::string fault() {
    try {
      one_label(read_examples(config_, {}));
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }

  fs::path folder_;
  FinetuneConfig config_;
};

std::map<Part, std::map<std::int32_t, int>> counts(const Examples& examples) {
  std::map<Part, std::map<std::int32_t, int>> out;
  const LabelNumbers numbers = one_label(examples);
  for (std::size_t i = 0; i < examples.texts.size(); ++i) ++out[examples.parts[i]][numbers.labels[i].at(0)];
  return out;
}

TEST_F(ExamplesTest, EveryPartHasItsShareOfEveryLabel) {
  add("a.csv", "text,label\n" + numbered(100, "good", "up") + numbered(50, "bad", "down"));
  const auto examples = read_examples(config_, {});
  EXPECT_THAT(one_label(examples).names, ElementsAre("down", "up"));
  auto of = counts(examples);
  EXPECT_EQ(of[Part::kTrain][1], 80);
  EXPECT_EQ(of[Part::kValid][1], 10);
  EXPECT_EQ(of[Part::kTest][1], 10);
  EXPECT_EQ(of[Part::kTrain][0], 40);
  EXPECT_EQ(of[Part::kTest][0], 5);
}

TEST_F(ExamplesTest, FoldsShareOutTheTestPart) {
  add("a.csv", "text,label\n" + numbered(53, "good", "up") + numbered(31, "bad", "down"));
  config_.finetune.folds = 5;
  std::multiset<std::string> tested;
  for (config_.finetune.fold = 0; config_.finetune.fold < 5; ++config_.finetune.fold) {
    const auto examples = read_examples(config_, {});
    for (const auto i : examples.of(Part::kTest)) tested.insert(examples.texts[i]);
  }
  EXPECT_EQ(tested.size(), 84u);
  EXPECT_EQ(std::set<std::string>(tested.begin(), tested.end()).size(), 84u);
}

TEST_F(ExamplesTest, TheOrderOfRowsAndFilesChangesNothing) {
  add("a.csv", "text,label\n" + numbered(20, "good", "up"));
  add("b.csv", "text,label\n" + numbered(20, "bad", "down"));
  const auto first = read_examples(config_, {});
  std::swap(config_.finetune.examples[0], config_.finetune.examples[1]);
  const auto second = read_examples(config_, {});
  EXPECT_EQ(first.texts, second.texts);
  EXPECT_EQ(first.parts, second.parts);
}

TEST_F(ExamplesTest, PartsOfSourcesAreKept) {
  add("train.csv", "text,label\n" + numbered(9, "good", "up") + numbered(9, "bad", "down"), "train");
  add("test.csv", "text,label\nnew,up\n", "test");
  auto of = counts(read_examples(config_, {}));
  EXPECT_EQ(of[Part::kTrain][1], 9);
  EXPECT_EQ(of[Part::kTest][1], 1);
  EXPECT_EQ(of.count(Part::kValid), 0u);
}

TEST_F(ExamplesTest, EqualTextsGoToOnePartAndRepeatsAreDropped) {
  std::string rows = "text,label\n";
  for (int i = 0; i < 40; ++i) rows += "same " + std::to_string(i) + ",up\nsame " + std::to_string(i) + ",down\n";
  add("a.csv", rows + "same 1,up\n");
  const auto examples = read_examples(config_, {});
  EXPECT_EQ(examples.duplicates, 1);
  std::map<std::string, std::set<Part>> parts;
  for (std::size_t i = 0; i < examples.texts.size(); ++i) parts[examples.texts[i]].insert(examples.parts[i]);
  for (const auto& [text, of] : parts) EXPECT_EQ(of.size(), 1u) << text;
}

TEST_F(ExamplesTest, LabelsThatAreNumbersComeInTheirOrder) {
  add("a.csv", "text,label\n" + numbered(20, "x", "10") + numbered(20, "y", "9") + numbered(20, "z", "-1"));
  EXPECT_THAT(one_label(read_examples(config_, {})).names, ElementsAre("-1", "9", "10"));
}

TEST_F(ExamplesTest, OtherFormatsAndColumns) {
  auto& text = add("a.txt",
                   "\xEF\xBB\xBF"
                   "profit rose@positive\nprofit fell@negative\nno @ sign\n");
  text.delimiter = "@";
  text.header = false;
  text.columns = {{"text", {.index = 0, .name = ""}}, {"label", {.index = 1, .name = ""}}};
  config_.finetune.ratio = {1, 0, 0};
  const auto examples = read_examples(config_, {});
  EXPECT_THAT(examples.texts, ElementsAre("no", "profit fell", "profit rose"));
}

TEST_F(ExamplesTest, TextsMayHaveSeveralLabelsOrNone) {
  add("a.csv", "text,label\na,drama | war\nb,\nc,war|war\n", "train");
  const auto examples = read_examples(config_, {.label = ExampleColumns::Need::kOptional, .stratify = false});
  const LabelNumbers numbers = many_labels(examples, "|");
  EXPECT_THAT(numbers.names, ElementsAre("drama", "war"));
  EXPECT_THAT(numbers.labels, ElementsAre(ElementsAre(0, 1), ElementsAre(), ElementsAre(1)));
}

TEST_F(ExamplesTest, LabelsMayBeNumbersAndTextsPairs) {
  add("a.csv", "text,other,label\na,b,0.5\nc,d,-2\ne,,1\n", "train");
  const auto examples = read_examples(config_, {.other = ExampleColumns::Need::kRequired, .stratify = false});
  EXPECT_THAT(examples.others, ElementsAre("b", "d"));
  EXPECT_THAT(label_values(examples), ElementsAre(0.5, -2));
  EXPECT_EQ(examples.unreadable, 1);
  for (const char* bad : {"nan", "1.5 stars", "inf"}) {
    config_.finetune.examples.clear();
    add("b.csv", std::string("text,label\nx,") + bad + "\n", "train");
    EXPECT_THROW(label_values(read_examples(config_, {})), Error) << bad;
  }
}

TEST_F(ExamplesTest, WithoutStrataLabelsPlayNoRole) {
  std::string one = "text,label\n", other = "text,label\n";
  for (int i = 0; i < 50; ++i) {
    one += "text " + std::to_string(i) + "," + std::to_string(i % 7) + "\n";
    other += "text " + std::to_string(i) + ",0\n";
  }
  add("a.csv", one);
  const auto first = read_examples(config_, {.stratify = false});
  config_.finetune.examples.clear();
  add("a.csv", other);
  const auto second = read_examples(config_, {.stratify = false});
  EXPECT_EQ(first.texts, second.texts);
  EXPECT_EQ(first.parts, second.parts);
  EXPECT_EQ(first.of(Part::kTest).size(), 5u);
}

TEST_F(ExamplesTest, WhatCannotBeLearntFromIsNamed) {
  add("a.csv", "text,label\n" + numbered(20, "x", "one"));
  EXPECT_THAT(fault(), HasSubstr("every example has the label 'one'"));
  config_.finetune.examples.clear();
  add("b.csv", "text,label\n,up\nword,\n");
  EXPECT_THAT(fault(), HasSubstr("no row has everything that the task reads"));
  config_.finetune.examples.clear();
  add("c.csv", "text,label\n" + numbered(20, "x", "up") + numbered(20, "y", "down"), "train");
  add("d.csv", "text,label\nz,sideways\n", "test");
  EXPECT_THAT(fault(), HasSubstr("the label 'sideways' has no example in the training part"));
  config_.finetune.examples.clear();
  add("e.csv", "words,label\nx,y\n");
  EXPECT_THAT(fault(), HasSubstr("text"));
}

TEST_F(ExamplesTest, TextsWithoutOthersAreNoPairs) {
  add("a.csv", "text,label\none,1\ntwo,2\n");
  EXPECT_TRUE(read_examples(config_, labelled_columns("regress")).others.empty());
  add("b.csv", "text,other,label\nthree,drei,3\n");
  EXPECT_THAT(read_examples(config_, labelled_columns("regress")).others, ElementsAre("", "drei", ""));
}

TEST_F(ExamplesTest, UnlabelledTextsAreNoExamplesAndNoneOfThem) {
  add("a.csv", "text,label\none,x\ntwo,y\n", "train").weight = 0.5;
  add("b.csv", "text\nthree\none\nthree\n", "unlabelled");
  const Examples examples = read_examples(config_, {});
  EXPECT_THAT(examples.texts, ElementsAre("one", "two"));
  EXPECT_THAT(examples.weights, ElementsAre(0.5F, 0.5F));
  EXPECT_THAT(read_unlabelled(config_, examples), ElementsAre("three"));
}

TEST_F(ExamplesTest, NamedLabelsAreAllThatThereAre) {
  add("a.csv", "text,label\none,x\ntwo,x\n", "train");
  add("b.csv", "text,label\nthree,y\n", "test");
  const Examples examples = read_examples(config_, {});
  EXPECT_THROW(one_label(examples), Error);  // y is in no training example
  const LabelNumbers found = one_label(examples, {"z", "y", "x"});
  EXPECT_THAT(found.names, ElementsAre("x", "y", "z"));
  EXPECT_THROW(one_label(examples, {"x", "z"}), Error);
}

}  // namespace
}  // namespace genre
