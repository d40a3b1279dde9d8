#include "genre/engine/logged_rounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/data/parquet_writer.h"
#include "genre/data/temporary_folder.h"

namespace genre {
namespace {

class LoggedRoundsTest : public testing::Test {
 protected:
  LoggedRounds read(const std::string& name, const std::string& text, const LoggedColumns& columns = {}) {
    return read_logged_rounds(folder_.write(name, text), columns);
  }
  std::string fault(const std::string& name, const std::string& text, const LoggedColumns& columns = {}) {
    try {
      read(name, text, columns);
    } catch (const Error& error) {
      return std::string(error_name(error.code())) + ": " + error.what() + " | " + error.hint();
    }
    return "no error";
  }
  TemporaryFolder folder_;
};

TEST_F(LoggedRoundsTest, ReadsCsvWithAnyOrderOfColumns) {
  const LoggedRounds log =
      read("log.csv", "propensity,action,other,reward,target,dm,q_hat\n0.5,a,x,1,0.25,0.3,0.4\n+1e-3,b,x,-2.5,0,0,0\n");
  ASSERT_EQ(log.rounds.size(), 2u);
  EXPECT_EQ(log.rounds[0].propensity, 0.5);
  EXPECT_EQ(log.rounds[0].reward, 1);
  EXPECT_EQ(log.rounds[0].target, 0.25);
  EXPECT_EQ(log.rounds[0].q_hat, 0.4);
  EXPECT_EQ(log.rounds[0].dm, 0.3);
  EXPECT_EQ(log.rounds[1].propensity, 1e-3);
  EXPECT_EQ(log.rounds[1].reward, -2.5);
  EXPECT_EQ(log.actions.id(log.action[1]), "b");
  EXPECT_EQ(log.line, (std::vector<std::int64_t>{2, 3}));
  EXPECT_TRUE(log.has_target && log.has_q_hat && log.has_dm);
  EXPECT_TRUE(log.user.empty() && log.target_offsets.empty() && log.candidate_offsets.empty());
}

TEST_F(LoggedRoundsTest, ColumnsMayHaveOtherNames) {
  const LoggedColumns columns{.names = {{"reward", "clicked"}, {"action", "item"}}, .features = {"age", "hour"}};
  const LoggedRounds log =
      read("log.tsv", "item\tclicked\tpropensity\thour\tage\na\ttrue\t1\t7\t30\nb\tfalse\t1\t8\t40\n", columns);
  EXPECT_EQ(log.rounds[0].reward, 1);
  EXPECT_EQ(log.rounds[1].reward, 0);
  EXPECT_EQ(log.features, (std::vector<double>{30, 7, 40, 8}));
  EXPECT_FALSE(log.has_target);
}

TEST_F(LoggedRoundsTest, JsonHasNestedProbabilitiesAndLists) {
  const LoggedRounds log = read(
      "log.jsonl",
      R"({"user": 7, "action": "a", "reward": true, "propensity": 0.5, "target": {"a": 0.2, "b": 0.8}, "candidates": ["b", "a", "b"]})"
      "\n"
      R"({"user": 8, "action": "c", "reward": 0, "propensity": 0.25, "target": {"c": 1}, "candidates": ["c"]})"
      "\n");
  EXPECT_EQ(log.users.id(log.user[1]), "8");
  EXPECT_EQ(log.rounds[0].target, 0.2);
  EXPECT_EQ(log.rounds[1].target, 1);
  EXPECT_EQ(log.target_offsets, (std::vector<std::int64_t>{0, 2, 3}));
  EXPECT_EQ(log.candidate_offsets, (std::vector<std::int64_t>{0, 2, 3}));
  EXPECT_TRUE(log.has_target);
}

TEST_F(LoggedRoundsTest, ReadsParquet) {
  using Type = ParquetColumn::Type;
  ParquetWriter writer(folder_.path() / "log", {{"action", Type::kText},
                                                {"reward", Type::kInteger},
                                                {"propensity", Type::kReal},
                                                {"target", Type::kReal},
                                                {"candidates", Type::kTextList}});
  for (const char* action : {"a", "b"}) {
    writer.text(action);
    writer.integer(1);
    writer.real(0.5f);
    writer.real(0.25f);
    writer.texts({"a", "b"});
    writer.end_row();
  }
  writer.finish();
  const LoggedRounds log = read_logged_rounds(folder_.path() / "log/part-00000.parquet", {});
  ASSERT_EQ(log.rounds.size(), 2u);
  EXPECT_EQ(log.rounds[1].propensity, 0.5);
  EXPECT_EQ(log.rounds[1].target, 0.25);
  EXPECT_EQ(log.candidate_offsets, (std::vector<std::int64_t>{0, 2, 4}));
}

TEST_F(LoggedRoundsTest, EveryFaultIsNamedWithItsLine) {
  using testing::AllOf;
  using testing::HasSubstr;
  const std::string head = "action,reward,propensity,target\na,1,0.5,0.5\n";
  EXPECT_THAT(fault("log.csv", head + "a,1,0,0.5\n"),
              AllOf(HasSubstr("data: the propensity is 0"), HasSubstr("log.csv:3")));
  EXPECT_THAT(fault("log.csv", head + "a,1,1.01,0.5\n"), HasSubstr("the propensity is 1.01"));
  EXPECT_THAT(fault("log.csv", head + "a,1,nan,0.5\n"), HasSubstr("the propensity is nan"));
  EXPECT_THAT(fault("log.csv", head + "a,,0.5,0.5\n"), HasSubstr("reward is empty, wanted a number"));
  EXPECT_THAT(fault("log.csv", head + "a,one,0.5,0.5\n"), HasSubstr("reward is \"one\", wanted a number"));
  EXPECT_THAT(fault("log.csv", head + "a,1e999,0.5,0.5\n"), HasSubstr("wanted a number"));
  EXPECT_THAT(fault("log.csv", head + ",1,0.5,0.5\n"), HasSubstr("action is missing"));
  EXPECT_THAT(fault("log.csv", head + "a,1,0.5,-0.5\n"), HasSubstr("the target probability is -0.5"));
  EXPECT_THAT(fault("log.csv", head + "a,1\n"), HasSubstr("log.csv:3"));
  EXPECT_THAT(fault("log.csv", "action,reward,propensity\n"), HasSubstr("data: the log has no round"));
  EXPECT_THAT(fault("log.csv", ""), HasSubstr("data: "));
  EXPECT_THAT(fault("log.csv", "action,rewards,propensity\na,1,1\n"),
              AllOf(HasSubstr("usage: there is no column 'reward'"), HasSubstr("did you mean 'rewards'?"),
                    HasSubstr("--column reward=NAME")));
  EXPECT_THAT(fault("log.csv", head, {.names = {{"rewrad", "x"}}, .features = {}}),
              HasSubstr("usage: a log has no column for 'rewrad' | did you mean 'reward'?"));
  EXPECT_THAT(fault("log.csv", head, {.names = {}, .features = {"age"}}), HasSubstr("usage: there is no column 'age'"));
  EXPECT_THAT(fault("log.csv", "action,reward,propensity,age\na,1,1,inf\n", {.names = {}, .features = {"age"}}),
              HasSubstr("wanted a finite number"));
  EXPECT_THAT(fault("log.csv", "action,reward,propensity,target.a,target.b\na,1,1,0.5,0.4\n"),
              HasSubstr("add up to 0.9, wanted 1"));
  EXPECT_THAT(fault("log.csv", "action,reward,propensity,target.a,target.b\na,1,1,1.5,-0.5\n"),
              HasSubstr("a target probability is 1.5"));
  EXPECT_THAT(fault("log.csv", "action,reward,propensity,target,target.a\na,1,1,0.5,1\n"),
              HasSubstr("target is 0.5, but the column of the logged action says 1"));
  const std::string object = "{\"action\": \"a\", \"reward\": 1, \"propensity\": 1}\n";
  EXPECT_THAT(fault("log.jsonl", object + "{\"action\": \"a\", \"reward\": null, \"propensity\": 1}\n"),
              AllOf(HasSubstr("data: reward is empty"), HasSubstr("log.jsonl:2")));
  EXPECT_THAT(fault("log.jsonl", object + "{broken\n"), HasSubstr("log.jsonl:2"));
  EXPECT_THAT(
      fault("log.jsonl", object + "{\"action\": \"a\", \"reward\": 1, \"propensity\": 1, \"target\": {\"a\": 1}}\n"),
      HasSubstr("the rows before have no target probabilities"));
  EXPECT_THAT(fault("log.csv", "action,reward,propensity,candidates\na,1,1,\"b, c\"\n"),
              HasSubstr("the logged action is not among the candidates"));
  EXPECT_THAT(fault("log.parquet", "not Parquet"), HasSubstr("data: "));
  EXPECT_THROW(read_logged_rounds(folder_.path() / "absent.csv", {}), Error);
}

}  // namespace
}  // namespace genre
