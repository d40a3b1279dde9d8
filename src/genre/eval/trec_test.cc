#include "genre/eval/trec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/file.h"

namespace genre {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Trec : public ::testing::Test {
 protected:
  std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
  std::filesystem::path run_ = folder_ / "run", qrels_ = folder_ / "qrels";
  const std::vector<std::string> queries_ = {"u1", "u2", "u3"}, items_ = {"a", "b", "c", "d"};
  ExternalId query_ = [this](std::int64_t id) { return std::string_view(queries_[id]); };
  ExternalId item_ = [this](std::int64_t id) { return std::string_view(items_[id]); };

  std::string fault_of(const std::string& run, const std::string& qrels) {
    write_file_atomic(run_, run);
    write_file_atomic(qrels_, qrels);
    try {
      read_trec(run_, qrels_);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kData);
      return error.what();
    }
    return "";
  }
};

TEST_F(Trec, WrittenFilesReadBackAsTheyWere) {
  const Rankings rankings{.offsets = {0, 3, 3, 4}, .items = {2, 0, 3, 1}, .scores = {0.5f, 0.25f, -1e-9f, 7.0f}};
  const Judgements judgements{.offsets = {0, 1, 3, 4}, .items = {0, 1, 2, 3}};
  write_rankings(run_, rankings, query_, item_, "ease");
  write_judgements(qrels_, judgements, query_, item_);
  const TrecFiles files = read_trec(run_, qrels_);
  EXPECT_EQ(files.queries, queries_);
  EXPECT_EQ(files.items, items_);
  EXPECT_EQ(files.rankings.offsets, rankings.offsets);
  EXPECT_EQ(files.rankings.items, rankings.items);
  EXPECT_EQ(files.rankings.scores, rankings.scores);
  EXPECT_EQ(files.judgements.offsets, judgements.offsets);
  EXPECT_EQ(files.judgements.items, judgements.items);
}

TEST_F(Trec, TiesAreWrittenApartSoThatEveryReaderKeepsTheOrder) {
  const Rankings rankings{.offsets = {0, 4}, .items = {1, 2, 3, 0}, .scores = {1, 1, 1, 0}};
  write_rankings(run_, rankings, query_, item_, "x");
  write_judgements(qrels_, {.offsets = {0, 1}, .items = {0}}, query_, item_);
  const TrecFiles files = read_trec(run_, qrels_);
  EXPECT_THAT(files.rankings.items, ElementsAre(1, 2, 3, 0));
  EXPECT_GT(files.rankings.scores[0], files.rankings.scores[1]);
  EXPECT_GT(files.rankings.scores[1], files.rankings.scores[2]);
}

TEST_F(Trec, LinesOfAFormAreWhatOtherToolsWrite) {
  write_rankings(run_, {.offsets = {0, 1}, .items = {2}, .scores = {0.5f}}, query_, item_, "ease");
  write_judgements(qrels_, {.offsets = {0, 1}, .items = {2}}, query_, item_);
  EXPECT_EQ(read_file(run_), "u1 Q0 c 1 0.5 ease\n");
  EXPECT_EQ(read_file(qrels_), "u1 0 c 1\n");
}

TEST_F(Trec, ReadingSortsByScoreWhateverTheRankColumnSays) {
  write_file_atomic(run_, "q Q0 a 1 0.1 t\nq Q0 b 2 0.9 t\nq\tQ0 d 4 0.5 t\r\nq Q0 c 3 0.5 t\n\n");
  write_file_atomic(qrels_, "q 0 a 1\nq 0 b 0\n");
  const TrecFiles files = read_trec(run_, qrels_);
  EXPECT_THAT(files.rankings.items, ElementsAre(1, 2, 3, 0));
  EXPECT_THAT(files.judgements.items, ElementsAre(0));
}

TEST_F(Trec, FaultsNameFileAndLine) {
  EXPECT_THAT(fault_of("q Q0 a 1 0.1 t\nq Q0 b 2 0.9\n", "q 0 a 1\n"),
              HasSubstr("wanted 6 columns, found 5 at " + run_.string() + ":2"));
  EXPECT_THAT(fault_of("q Q0 a 1 high t\n", "q 0 a 1\n"), HasSubstr("score \"high\" is no number"));
  EXPECT_THAT(fault_of("q Q0 a 1 nan t\n", "q 0 a 1\n"), HasSubstr("score is NaN"));
  EXPECT_THAT(fault_of("q Q0 a 1 1 t\nq Q0 a 2 0 t\n", "q 0 a 1\n"), HasSubstr("query q has item a twice"));
  EXPECT_THAT(fault_of("q Q0 a 1 1 t\n", "q 0 a yes\n"), HasSubstr(qrels_.string() + ":1"));
  EXPECT_THROW(read_trec(folder_ / "absent", qrels_), Error);
}

TEST_F(Trec, IdsWithWhiteSpaceAreRefused) {
  const auto spaced = [](std::int64_t) { return std::string_view("two words"); };
  EXPECT_THROW(write_rankings(run_, {.offsets = {0, 1}, .items = {0}, .scores = {1}}, query_, spaced, "x"), Error);
  EXPECT_THROW(write_judgements(qrels_, {.offsets = {0, 1}, .items = {0}}, spaced, item_), Error);
  EXPECT_FALSE(std::filesystem::exists(run_));
}

}  // namespace
}  // namespace genre
