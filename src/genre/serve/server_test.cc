// The protocol: raw bytes over real sockets.
#include "genre/serve/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "genre/base/error.h"
#include "genre/serve/raw_client.h"

namespace genre {
namespace {

using Answer = RawClient::Answer;

// A server with three routes: /echo, /slow (replies when released), /live (outside admission).
class ServerTest : public testing::Test {
 protected:
  ServeOptions options_{.port = 0, .threads = 2, .body_limit_kib = 64, .queue_limit = 8, .idle_seconds = 30};
  Metrics metrics_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Reply> waiting_;
  std::unique_ptr<HttpServer> server_;
  int port_ = 0;

  void SetUp() override { start(); }
  void TearDown() override {
    release();
    server_.reset();
  }
  void start() {
    Router router;
    const Handler echo = immediate([](const HttpRequest& r, const Arguments&) {
      return HttpResponse{.content_type = "text/plain", .body = r.method + " " + r.body};
    });
    router.add({.method = "GET", .path = "/echo", .summary = "", .handler = echo});
    router.add({.method = "POST", .path = "/echo", .summary = "", .body = BodyKind::kRaw, .handler = echo});
    router.add({.method = "GET", .path = "/live", .summary = "", .handler = echo, .admission = Admission::kAlways});
    router.add({.method = "GET",
                .path = "/slow",
                .summary = "",
                .handler = [this](const HttpRequest&, const Arguments&, const Reply& reply) {
                  const std::lock_guard guard(mutex_);
                  waiting_.push_back(reply);
                  arrived_.notify_all();
                }});
    server_.reset();
    server_ = std::make_unique<HttpServer>(options_, std::move(router), metrics_);
    port_ = server_->start();
  }
  void wait_for_slow(std::size_t count) {
    std::unique_lock guard(mutex_);
    arrived_.wait(guard, [&] { return waiting_.size() >= count; });
  }
  void release() {
    const std::lock_guard guard(mutex_);
    for (const Reply& reply : waiting_) reply({.body = "slow"});
    waiting_.clear();
  }
  // The one answer to raw bytes, and that the connection closes after it.
  void expect_refused(const std::string& bytes, int status) {
    RawClient client(port_);
    client.send(bytes);
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << bytes.substr(0, 200);
    EXPECT_EQ(answer->status, status) << bytes.substr(0, 200);
    EXPECT_EQ(answer->headers.at("content-type"), "application/problem+json");
    EXPECT_EQ(answer->headers.count("connection"), 1u) << bytes.substr(0, 200);
    EXPECT_TRUE(client.closes()) << bytes.substr(0, 200);
  }
};

}  // namespace

TEST_F(ServerTest, ConnectionIsKeptForMoreRequests) {
  RawClient client(port_);
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(client.ask("POST", "/echo", std::to_string(i)).body, "POST " + std::to_string(i));
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  RawClient client(port_);
  std::string bytes = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 20; ++i)
    bytes += "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n" + std::to_string(10 + i);
  client.send(bytes);
  wait_for_slow(1);
  release();
  EXPECT_EQ(client.receive()->body, "slow");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.receive()->body, "POST " + std::to_string(10 + i));
}

TEST_F(ServerTest, RequestMayArriveByteByByte) {
  RawClient client(port_);
  for (const char c : std::string("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"))
    client.send(std::string(1, c));
  EXPECT_EQ(client.receive()->body, "POST abc");
}

TEST_F(ServerTest, HeadHasTheLengthAndNoBody) {
  RawClient client(port_);
  const Answer answer = client.ask("HEAD", "/echo");
  EXPECT_EQ(answer.headers.at("content-length"), "5");
  EXPECT_EQ(client.ask("GET", "/echo").body, "GET ");
}

TEST_F(ServerTest, ChunkedBodyIsJoined) {
  RawClient client(port_);
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive()->body, "POST abcde");
  EXPECT_EQ(client.ask("GET", "/echo").status, 200);
}

TEST_F(ServerTest, ExpectationIsMetBeforeTheBody) {
  RawClient client(port_);
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 100);
  client.send("abc");
  EXPECT_EQ(client.receive()->body, "POST abc");
  expect_refused("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: miracles\r\n\r\n", 417);
  expect_refused("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n", 413);
}

TEST_F(ServerTest, OldProtocolClosesUnlessAsked) {
  RawClient client(port_);
  client.send("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 200);
  EXPECT_TRUE(client.closes());
}

TEST_F(ServerTest, CloseIsHonoured) {
  RawClient client(port_);
  EXPECT_EQ(client.ask("GET", "/echo", "", "Connection: close\r\n").headers.at("connection"), "close");
  EXPECT_TRUE(client.closes());
}

TEST_F(ServerTest, RequestIdIsEchoedOrMade) {
  RawClient client(port_);
  EXPECT_EQ(client.ask("GET", "/echo", "", "X-Request-Id: abc-1.2:3_4\r\n").headers.at("x-request-id"), "abc-1.2:3_4");
  const std::string made = client.ask("GET", "/echo", "", "X-Request-Id: a \"b\"\r\n").headers.at("x-request-id");
  EXPECT_EQ(made.size(), 16u);
  EXPECT_NE(client.ask("GET", "/echo").headers.at("x-request-id"), made);
  const Answer missing = client.ask("GET", "/nowhere", "", "X-Request-Id: find-me\r\n");
  EXPECT_NE(missing.body.find("\"request_id\":\"find-me\""), std::string::npos);
}

TEST_F(ServerTest, LimitsAreAnsweredAndTheConnectionCloses) {
  expect_refused("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n", 413);
  expect_refused("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n" + std::string(65537, 'a'), 413);
  expect_refused("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" +
                     std::string(0x20000, 'a') + "\r\n0\r\n\r\n",
                 413);
  expect_refused("GET /echo HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(40000, 'a') + "\r\n\r\n", 431);
  expect_refused("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414);
  expect_refused("GET /" + std::string(100000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414);
  RawClient client(port_);
  EXPECT_EQ(client.ask("POST", "/echo", std::string(65536, 'a')).body.size(), 65536u + 5);
}

// Each could be read as two different messages by two programs in a row.
TEST_F(ServerTest, SmugglingIsRefused) {
  const std::string post = "POST /echo HTTP/1.1\r\nHost: x\r\n";
  const std::string end = "\r\n\r\n0\r\n\r\nGET /echo HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const char* fields : {"Content-Length: 5\r\nTransfer-Encoding: chunked",
                             "Transfer-Encoding: chunked\r\nContent-Length: 5",
                             "Content-Length: 5\r\nContent-Length: 6",
                             "Content-Length: 5\r\nContent-Length: 5",
                             "Content-Length: 5, 5",
                             "Content-Length: +5",
                             "Content-Length: -5",
                             "Content-Length: 0x5",
                             "Content-Length: 5 5",
                             "Content-Length: 99999999999999999999999",
                             "Content-Length:",
                             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                             "Content-Length : 5",
                             " Content-Length: 5",
                             "Transfer-Encoding : chunked",
                             "Content-Length: 5\nTransfer-Encoding: chunked",
                             "Transfer-Encoding\r\n: chunked",
                             "Content Length: 5",
                             "Host: y",
                             "X: a\rTransfer-Encoding: chunked"})
    expect_refused(post + fields + end, 400);
  for (const char* coding : {"gzip", "chunked, gzip", "gzip, chunked", "chunked, identity", "xchunked", "identity",
                             "\"chunked\"", "chunked;q=1"}) {
    RawClient client(port_);
    client.send(post + "Transfer-Encoding: " + coding + end);
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << coding;
    EXPECT_TRUE(answer->status == 400 || answer->status == 501) << coding << " " << answer->status;
    EXPECT_TRUE(client.closes()) << coding;
  }
  for (const char* chunk : {"x\r\n", "-1\r\n", "0x1\r\na\r\n0\r\n\r\n", "fffffffffffffffff\r\n", "1\r\nab\r\n0\r\n\r\n",
                            "1\na\n0\n\n", " 1\r\na\r\n0\r\n\r\n"}) {
    RawClient client(port_);
    client.send(post + "Transfer-Encoding: chunked\r\n\r\n" + chunk + "GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << chunk;
    EXPECT_TRUE(answer->status == 400 || answer->status == 413) << chunk << " " << answer->status;
    EXPECT_TRUE(client.closes()) << chunk;
  }
}

TEST_F(ServerTest, MalformedRequestsAreRefused) {
  for (const char* bytes : {"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", "GET\r\n\r\n", "GET /echo\r\n\r\n",
                            "GET /echo HTTP/9.9\r\nHost: x\r\n\r\n", "GET /echo HTTP/1.1\r\n\r\n",
                            "GET /echo HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
                            "GET /echo HTTP/1.1\nHost: x\n\n\r\n\r\n", "G\x01T /echo HTTP/1.1\r\nHost: x\r\n\r\n",
                            "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                            "GET /echo HTTP/1.1\r\nHost: x\r\nX-Deadline-Ms: soon\r\n\r\n"})
    expect_refused(bytes, 400);
}

TEST_F(ServerTest, OverloadIsRefusedWithRetryAfterAndProbesStillAnswer) {
  std::deque<RawClient> clients;
  for (int i = 0; i < 8; ++i) clients.emplace_back(port_).send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  wait_for_slow(8);
  RawClient client(port_);
  const Answer refused = client.ask("GET", "/echo");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  EXPECT_EQ(client.ask("GET", "/live").status, 200);
  release();
  for (RawClient& c : clients) EXPECT_EQ(c.receive()->status, 200);
  EXPECT_EQ(client.ask("GET", "/echo").status, 200);
  EXPECT_EQ(metrics_.requests_refused, 1);
}

TEST_F(ServerTest, PassedDeadlineIsNotWorkedOn) {
  RawClient client(port_);
  EXPECT_EQ(client.ask("GET", "/slow", "", "X-Deadline-Ms: 0\r\n").status, 504);
  EXPECT_EQ(client.ask("GET", "/echo", "", "X-Deadline-Ms: 60000\r\n").status, 200);
}

TEST_F(ServerTest, SlowConnectionsAreClosedAndBlockNobody) {
  options_.idle_seconds = 1;
  start();
  std::deque<RawClient> slow;
  for (int i = 0; i < 300; ++i)
    slow.emplace_back(port_).send(i % 2 == 0 ? "GET /echo HTTP/1.1\r\nHost: x\r\nX-Slow: "
                                             : "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  for (int i = 0; i < 200; ++i) EXPECT_EQ(RawClient(port_).ask("GET", "/echo").status, 200);
  slow[0].send("a");  // a trickle does not buy time
  for (RawClient& client : slow) EXPECT_TRUE(client.closes());
}

TEST_F(ServerTest, TwoHundredConnectionsAtOnce) {
  options_.queue_limit = 1024;
  start();
  std::deque<RawClient> clients;
  for (int i = 0; i < 200; ++i) clients.emplace_back(port_);
  for (int round = 0; round < 10; ++round) {
    for (RawClient& client : clients) client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    for (RawClient& client : clients) EXPECT_EQ(client.receive()->status, 200);
  }
}

TEST_F(ServerTest, StopAnswersWhatHasArrived) {
  RawClient idle(port_), busy(port_), late(port_);
  busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  wait_for_slow(1);
  std::thread stopping([&] { server_->stop(); });
  late.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = late.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_TRUE(idle.closes());
  release();
  EXPECT_EQ(busy.receive()->body, "slow");
  EXPECT_EQ(busy.receive()->body, "GET ");
  EXPECT_TRUE(busy.closes());
  stopping.join();
  EXPECT_THROW(RawClient(port_).ask("GET", "/echo"), std::runtime_error);
}

TEST_F(ServerTest, StopUnderLoadLosesNoRequest) {
  std::atomic<int> answered = 0, lost = 0;
  std::vector<std::thread> threads;
  std::atomic<bool> begun = false;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (;;) {
        std::unique_ptr<RawClient> client;
        try {
          client = std::make_unique<RawClient>(port_);
        } catch (const std::runtime_error&) {
          return;  // stopped
        }
        for (bool open = true; open;) {
          if (!client->send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n")) break;
          const auto answer = client->receive();
          if (!answer) {
            ++lost;
            break;
          }
          if (++answered > 500) begun = true;
          open = answer->headers.count("connection") == 0 || answer->headers.at("connection") != "close";
        }
      }
    });
  while (!begun) std::this_thread::yield();
  server_->stop();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(lost, 0);
}

TEST_F(ServerTest, TakenPortSaysHowToGetAnother) {
  options_.port = port_;
  HttpServer second(options_, Router(), metrics_);
  try {
    second.start();
    ADD_FAILURE() << "two servers on one port";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kResources);
    EXPECT_NE(e.hint().find("--set serve.port=0"), std::string::npos);
  }
}

TEST_F(ServerTest, AddressOfTheWorldIsRefused) {
  for (const char* address : {"0.0.0.0", "::", "192.168.1.1", "example.com", ""}) {
    ServeOptions open = options_;
    open.address = address;
    HttpServer server(open, Router(), metrics_);
    try {
      server.start();
      ADD_FAILURE() << address;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kConfig) << address;
      EXPECT_EQ(e.place().key, "serve.address");
    }
  }
}

}  // namespace genre
