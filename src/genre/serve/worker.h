// One thread's event loop, its connections, and the requests it has yet to answer.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "genre/serve/metrics.h"
#include "genre/serve/options.h"
#include "genre/serve/router.h"

namespace genre {

class Connection;

// After a stop, an idle connection may still have a request on its way for so long.
inline constexpr auto kDrainGrace = std::chrono::milliseconds(300);

// What all connections share. Outlives the workers.
struct ServerShared {
  ServeOptions options;
  Router router;
  Metrics& metrics;
  std::function<void()> connection_closed = {};  // from any worker's thread
  std::atomic<bool> draining{false};             // connections close once they have nothing to answer
};

class Worker {
 public:
  explicit Worker(ServerShared& shared) : shared_(shared) {}

  // Counted in Metrics::connections from here on. From any thread; the socket is one of loop().
  void adopt(boost::asio::ip::tcp::socket socket);
  void run();         // starts the thread
  void close_idle();  // closes connections on which no byte of a request has come; from any thread
  void stop();        // ends the thread after the handlers that run; the rest is destroyed with the worker

  boost::asio::io_context& loop() { return loop_; }

 private:
  friend class Connection;
  void enqueue(std::shared_ptr<Connection> connection);
  void answer_waiting();

  ServerShared& shared_;
  // Touched on the worker's thread alone.
  std::set<Connection*> connections_;
  std::deque<std::shared_ptr<Connection>> waiting_;  // each with a request to answer
  bool answering_ = false;

  boost::asio::io_context loop_{1};  // after what its handlers touch when it is destroyed
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  std::thread thread_;
};

}  // namespace genre
