#include "genre/serve/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "genre/base/error.h"
#include "genre/base/log.h"
#include "genre/serve/worker.h"

namespace genre {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using boost::system::error_code;

net::ip::address loopback_address(const std::string& text) {
  error_code ec;
  const net::ip::address address = net::ip::make_address(text == "localhost" ? "127.0.0.1" : text, ec);
  const Place place{.key = "serve.address"};
  if (ec)
    throw Error(ErrorCode::kConfig, "wanted an IP address or localhost, found \"" + text + "\"",
                "--set serve.address=127.0.0.1", place);
  if (!address.is_loopback())
    throw Error(ErrorCode::kConfig,
                "wanted a loopback address, found " + text + ": anybody who reaches the service could read and write",
                "--set serve.address=127.0.0.1, and a proxy with authentication in front", place);
  return address;
}

// The soft limit on open files is often 1,024, which is few for connections.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

struct HttpServer::State {
  State(ServeOptions options, Router router, Metrics& metrics)
      : shared{.options = std::move(options), .router = std::move(router), .metrics = metrics} {
    shared.connection_closed = [this] {
      const std::lock_guard guard(mutex);
      closed.notify_all();
    };
  }

  void accept();
  void drain();
  void hand_over(tcp::socket socket);

  std::mutex mutex;
  std::condition_variable closed;  // a connection has ended
  ServerShared shared;
  std::deque<Worker> workers;
  // On the first worker's loop, so destroyed before it.
  std::optional<tcp::acceptor> acceptor;
  std::optional<net::steady_timer> retry;
  std::size_t next_worker = 0;
  std::atomic<bool> stopping = false;
};

// Connections go to the workers in turn, which spreads few long ones better than the kernel's hash of many listeners.
void HttpServer::State::hand_over(tcp::socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  workers[next_worker].adopt(std::move(socket));
  next_worker = (next_worker + 1) % workers.size();
}

void HttpServer::State::accept() {
  acceptor->async_accept(workers[next_worker].loop(), [this](error_code ec, tcp::socket socket) {
    if (!ec) hand_over(std::move(socket));
    if (ec == net::error::operation_aborted || !acceptor->is_open()) return;
    if (!ec) return accept();
    // No file descriptor is free, most likely; connections wait in the kernel until one is.
    log_warning("cannot accept a connection: " + ec.message());
    retry->expires_after(std::chrono::milliseconds(100));
    retry->async_wait([this](error_code failed) {
      if (!failed) accept();
    });
  });
}

// On the first worker's thread: takes the connections that wait in the kernel, closes the door, and only then lets
// connections end. A client that was told to close before would come back to a door about to shut, and be reset.
void HttpServer::State::drain() {
  error_code ec;
  acceptor->cancel(ec);
  acceptor->non_blocking(true, ec);
  while (!ec) {
    tcp::socket socket(workers[next_worker].loop());
    acceptor->accept(socket, ec);
    if (!ec) hand_over(std::move(socket));
  }
  acceptor->close(ec);
  retry->cancel();
  const std::lock_guard guard(mutex);
  shared.draining = true;
  closed.notify_all();
}

HttpServer::HttpServer(ServeOptions options, Router router, Metrics& metrics)
    : state_(std::make_unique<State>(std::move(options), std::move(router), metrics)) {
  for (const Route& route : state_->shared.router.routes()) metrics.add_route(route.label());
}

HttpServer::~HttpServer() { stop(); }

int HttpServer::start() {
  State& s = *state_;
  const ServeOptions& options = s.shared.options;
  const net::ip::address address = loopback_address(options.address);
  raise_file_limit();
  const int threads =
      options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (int t = 0; t < threads; ++t) s.workers.emplace_back(s.shared);
  const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(options.port));
  error_code ec;
  tcp::acceptor acceptor(s.workers[0].loop());
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(net::socket_base::max_listen_connections, ec);
  if (ec)
    throw Error(ErrorCode::kResources,
                "cannot listen on " + options.address + " port " + std::to_string(options.port) + ": " + ec.message(),
                ec == net::error::address_in_use ? "--set serve.port=0 takes any free port" : "",
                {.key = "serve.port"});
  const int port = acceptor.local_endpoint().port();
  s.acceptor = std::move(acceptor);
  s.retry.emplace(s.workers[0].loop());
  s.accept();
  for (Worker& worker : s.workers) worker.run();
  return port;
}

void HttpServer::stop() {
  State& s = *state_;
  if (!s.acceptor || s.stopping.exchange(true)) return;
  net::post(s.workers[0].loop(), [&s] { s.drain(); });
  const auto wait = [&](auto time) {
    std::unique_lock guard(s.mutex);
    s.closed.wait_for(guard, time, [&] { return s.shared.draining && s.shared.metrics.connections == 0; });
  };
  wait(kDrainGrace);
  for (Worker& worker : s.workers) worker.close_idle();
  wait(std::chrono::seconds(kDrainSeconds) - kDrainGrace);
  for (Worker& worker : s.workers) worker.stop();
}

}  // namespace genre
