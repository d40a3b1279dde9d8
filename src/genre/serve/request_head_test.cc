#include "genre/serve/request_head.h"

#include <gtest/gtest.h>

#include "genre/serve/problem.h"

namespace genre {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

// The status a head is refused with; 0 where it is accepted.
int status_of_refusal(Fields fields, int version = 11, std::string target = "/") {
  try {
    check_framing({.version = version, .target = std::move(target), .fields = std::move(fields)});
  } catch (const Problem& problem) {
    return problem.status;
  }
  return 0;
}

}  // namespace

TEST(RequestHead, OneLengthOfOneKindIsAccepted) {
  EXPECT_EQ(status_of_refusal({{"host", "x"}}), 0);
  EXPECT_EQ(status_of_refusal({{"host", "x"}, {"content-length", "5"}}), 0);
  EXPECT_EQ(status_of_refusal({{"host", "x"}, {"transfer-encoding", "Chunked"}}), 0);
  EXPECT_EQ(status_of_refusal({}, /*version=*/10), 0);
}

TEST(RequestHead, DoubtfulLengthsAreRefused) {
  EXPECT_EQ(status_of_refusal({{"host", "x"}, {"content-length", "5"}, {"transfer-encoding", "chunked"}}), 400);
  EXPECT_EQ(status_of_refusal({{"host", "x"}, {"content-length", "5"}, {"content-length", "5"}}), 400);
  EXPECT_EQ(status_of_refusal({{"host", "x"}, {"content-length", "5, 5"}}), 400);
  EXPECT_EQ(status_of_refusal({{"host", "x"}, {"content-length", ""}}), 400);
  EXPECT_EQ(status_of_refusal({{"host", "x"}, {"transfer-encoding", "gzip, chunked"}}), 501);
  EXPECT_EQ(status_of_refusal({{"transfer-encoding", "chunked"}}, /*version=*/10), 400);
}

TEST(RequestHead, HostIsOneName) {
  EXPECT_EQ(status_of_refusal({}), 400);
  EXPECT_EQ(status_of_refusal({{"host", "x"}, {"host", "x"}}), 400);
  EXPECT_EQ(status_of_refusal({{"host", "x Content-Length: 5"}}), 400);
}

TEST(RequestHead, TargetAndExpectationAreLimited) {
  EXPECT_EQ(status_of_refusal({{"host", "x"}}, 11, std::string(kTargetBytes, 'a')), 0);
  EXPECT_EQ(status_of_refusal({{"host", "x"}}, 11, std::string(kTargetBytes + 1, 'a')), 414);
  EXPECT_EQ(status_of_refusal({{"host", "x"}, {"expect", "100-Continue"}}), 0);
  EXPECT_EQ(status_of_refusal({{"host", "x"}, {"expect", "miracles"}}), 417);
}

TEST(RequestHead, DeadlineCountsFromTheBeginning) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(deadline_of({.fields = {{"x-deadline-ms", "250"}}}, begin), begin + std::chrono::milliseconds(250));
  EXPECT_EQ(deadline_of({}, begin), std::chrono::steady_clock::time_point::max());
  for (const char* bad : {"-1", "1.5", "soon", "99999999999", "86400001", " 5"})
    EXPECT_THROW(deadline_of({.fields = {{"x-deadline-ms", bad}}}, begin), Problem) << bad;
}

TEST(RequestHead, OnlyHarmlessRequestIdsAreKept) {
  EXPECT_EQ(request_id_of({.fields = {{"x-request-id", "a-B.9:_"}}}), "a-B.9:_");
  for (const std::string& bad :
       {std::string(), std::string("a b"), std::string("a\"b"), std::string("\xc3\xa9"), std::string(129, 'a')}) {
    const std::string made = request_id_of({.fields = {{"x-request-id", bad}}});
    EXPECT_EQ(made.size(), 16u) << bad;
    EXPECT_NE(made, request_id_of({}));
  }
}

}  // namespace genre
