#include "genre/base/http_request.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/test_server.h"

namespace genre {
namespace {

std::string failure(const HttpRequest& request) {
  try {
    const HttpAnswer answer = send(request);
    return "no error, status " + std::to_string(answer.status);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kDependency);
    return error.message();
  }
}

}  // namespace

TEST(HttpRequestTest, BodyAndHeadersArriveAsTheyWereGiven) {
  std::string seen;
  HttpAnswer answer;
  const std::string body = "@file \"quoted\" back\\slash\nline \xc3\xa9 $HOME 'x' \\n";
  {
    TestServer server([&](const std::string& request) {
      seen = request;
      return TestServer::answer("200 OK", "two\nlines\n");
    });
    answer = send({.method = "POST",
                   .address = server.address() + "/a%20b?c=%22[1-3]",
                   .headers = {"Content-Type: application/json", "X-Quote: \"a\\b\""},
                   .user = "me:pass\"word",
                   .body = body});
  }
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "two\nlines\n");
  EXPECT_TRUE(seen.starts_with("POST /a%20b?c=%22[1-3] HTTP/1.1\r\n")) << seen;
  EXPECT_NE(seen.find("X-Quote: \"a\\b\"\r\n"), std::string::npos) << seen;
  EXPECT_NE(seen.find("Authorization: Basic bWU6cGFzcyJ3b3Jk\r\n"), std::string::npos) << seen;
  EXPECT_TRUE(seen.ends_with("\r\n\r\n" + body)) << seen;
}

TEST(HttpRequestTest, AStatusIsNoError) {
  TestServer server([](const std::string&) { return TestServer::answer("503 Busy", "later"); });
  const HttpAnswer answer = send({.address = server.address()});
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "later");
}

TEST(HttpRequestTest, NoAnswerIsAnErrorThatSaysWhy) {
  const std::vector<std::pair<std::string, std::string>> replies = {
      {TestServer::kHang, "curl: (28)"},
      {"this is no HTTP at all\n", "curl: (1)"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "curl: (18)"},
      {TestServer::answer("200 OK", std::string(std::size_t{17} << 20, 'x')), "longer than"}};
  for (const auto& [reply, wanted] : replies) {
    TestServer server([&](const std::string&) { return reply; });
    const std::string message = failure({.address = server.address(), .seconds = 2});
    EXPECT_NE(message.find(wanted), std::string::npos) << message;
  }
  EXPECT_NE(failure({.address = "http://127.0.0.1:1"}).find("127.0.0.1"), std::string::npos);
  EXPECT_NE(failure({.address = "file:///etc/hostname"}).find("curl: (1)"), std::string::npos);
}

TEST(HttpRequestTest, ALineBreakCannotAddAHeader) {
  EXPECT_THROW(send({.address = "http://127.0.0.1:1", .headers = {"A: b\r\nC: d"}}), Error);
  EXPECT_THROW(send({.address = "http://127.0.0.1:1", .user = "a:b\nc"}), Error);
}

TEST(PercentEncode, LeavesOnlyUnreservedBytes) {
  EXPECT_EQ(percent_encode("a-b._~09 /&=\xc3\xa9"), "a-b._~09%20%2F%26%3D%C3%A9");
}

}  // namespace genre
