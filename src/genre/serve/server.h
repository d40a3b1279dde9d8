// HTTP/1.1 over TCP: connections, limits, admission and orderly stop. What a request means is the router's affair.
#pragma once

#include <memory>

#include "genre/serve/metrics.h"
#include "genre/serve/options.h"
#include "genre/serve/router.h"

namespace genre {

inline constexpr int kDrainSeconds = 10;

// Each thread runs one event loop with its own connections; requests are answered on their connection's thread, one
// after another. A connection's requests are answered in order, so pipelining is safe.
class HttpServer {
 public:
  HttpServer(ServeOptions options, Router router, Metrics& metrics);
  ~HttpServer();  // stops; replies that come later than this are not allowed

  // Listens and returns the port. Throws Error(kConfig) for an address that is not a loopback one, Error(kResources)
  // when the port is taken. Once only.
  int start();
  // Takes no new connections, answers what has arrived, closes; returns after kDrainSeconds at the latest. Replies may
  // still come until destruction.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace genre
