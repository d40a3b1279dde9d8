#include "genre/serve/server.h"

#include <sys/resource.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "genre/base/error.h"
#include "genre/base/log.h"
#include "genre/serve/problem.h"
#include "genre/serve/request_head.h"

namespace genre {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = net::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

// After a stop, an idle connection may still have a request on its way for so long.
constexpr auto kDrainGrace = std::chrono::milliseconds(300);
// What a client may go on sending after its connection's last answer, lest a reset destroy that answer.
constexpr auto kLingerTime = std::chrono::seconds(1);
constexpr std::size_t kLingerBytes = 1 << 20;

std::string http_date() {
  thread_local std::time_t last = 0;
  thread_local std::string text;
  if (const std::time_t now = std::time(nullptr); now != last) {
    char out[40];
    std::tm parts{};
    gmtime_r(&now, &parts);
    text.assign(out, std::strftime(out, sizeof out, "%a, %d %b %Y %H:%M:%S GMT", &parts));
    last = now;
  }
  return text;
}

Problem parse_problem(const error_code& ec, bool inside_target) {
  if (ec == http::error::body_limit)
    return Problem(413, "body_too_large", "the body is larger than serve.body_limit_kib allows", "send it in parts");
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
    if (inside_target)
      return Problem(414, "target_too_long",
                     "the request target is longer than " + std::to_string(kTargetBytes) + " bytes");
    return Problem(431, "header_too_large", "the header is larger than " + std::to_string(kHeaderBytes) + " bytes");
  }
  return Problem(400, "bad_request", "malformed HTTP: " + ec.message());
}

RequestHead head_of(const http::request_header<>& header) {
  RequestHead out{.version = static_cast<int>(header.version()), .target = std::string(header.target()), .fields = {}};
  for (const auto& field : header) {
    std::string name(field.name_string());
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    out.fields.emplace_back(std::move(name), std::string(field.value()));
  }
  return out;
}

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

class Connection;

// One thread's event loop, its connections, and the requests it has yet to answer.
struct Worker {
  std::set<Connection*> connections;
  std::deque<std::shared_ptr<Connection>> waiting;
  bool running_requests = false;
  net::io_context context{1};  // after what its handlers touch when it is destroyed
  std::optional<net::executor_work_guard<net::io_context::executor_type>> work;
  std::thread thread;

  void enqueue(std::shared_ptr<Connection> connection);
  void run_next();
};

}  // namespace

struct HttpServer::State {
  State(ServeOptions o, Router r, Metrics& m) : options(std::move(o)), router(std::move(r)), metrics(m) {}

  void accept();
  void drain();
  void add(tcp::socket socket);

  const ServeOptions options;
  const Router router;
  Metrics& metrics;
  std::atomic<bool> draining{false};
  std::mutex mutex;
  std::condition_variable closed;  // a connection has ended
  std::deque<Worker> workers;
  std::optional<tcp::acceptor> acceptor;  // lives on the first worker's loop
  std::optional<net::steady_timer> retry;
  std::size_t next_worker = 0;
};

namespace {

// Everything happens on the worker's thread; only replies may come from others.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  template <class State>
  Connection(State& state, Worker& worker, tcp::socket socket)
      : options_(state.options),
        router_(state.router),
        metrics_(state.metrics),
        draining_(state.draining),
        worker_(worker),
        on_close_([&state] {
          const std::lock_guard guard(state.mutex);
          --state.metrics.connections;
          state.closed.notify_all();
        }),
        stream_(std::move(socket)) {
    worker_.connections.insert(this);
  }
  ~Connection() {
    if (in_flight_) --metrics_.requests_in_flight;
    worker_.connections.erase(this);
    on_close_();
  }

  void read_header() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytes);
    parser_->body_limit(static_cast<std::uint64_t>(options_.body_limit_kib) * 1024);
    request_ = {};
    keep_alive_ = false;
    awaiting_request_ = true;
    if (draining_ && buffer_.size() == 0)
      stream_.expires_after(kDrainGrace);
    else
      stream_.expires_after(std::chrono::seconds(options_.idle_seconds));  // for the whole header, however it trickles
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](error_code ec, std::size_t) { self->on_header(ec); });
  }

  // At the end of the grace of a stop: closes if no byte of a request has come.
  void close_if_idle() {
    if (awaiting_request_ && buffer_.size() == 0 && !parser_->got_some()) stream_.close();
  }

  // Answers the request that was read. The worker's queue calls it.
  void answer() {
    if (steady_clock::now() >= request_.deadline)
      return send(problem_response(Problem(504, "deadline", "the deadline passed before the request's turn came"),
                                   request_.request_id));
    // The last reference must not die on the replying thread, so it travels to this one.
    const auto once = std::make_shared<std::shared_ptr<Connection>>(shared_from_this());
    router_.dispatch(request_, [once](HttpResponse response) {
      std::shared_ptr<Connection> self = std::exchange(*once, nullptr);
      if (self == nullptr) return;
      const auto executor = self->stream_.get_executor();
      net::dispatch(executor, [self = std::move(self), response = std::move(response)]() mutable {
        self->send(std::move(response));
      });
    });
  }

 private:
  bool is_parse_error(const error_code& ec) const {
    return ec.category() == error_code(http::error::bad_method).category() && ec != http::error::end_of_stream &&
           ec != http::error::partial_message;
  }

  void on_header(error_code ec) {
    awaiting_request_ = false;
    begin_ = steady_clock::now();
    if (ec && !is_parse_error(ec)) return;  // gone, or too slow
    RequestHead head = head_of(parser_->get().base());
    request_.method = std::string(parser_->get().method_string());
    request_.request_id = request_id_of(head);
    try {
      if (ec) throw parse_problem(ec, is_inside_target());
      check_framing(head);
      request_.deadline = deadline_of(head, begin_);
    } catch (const Problem& problem) {
      return send(problem_response(problem, request_.request_id));
    }
    const bool expects = head.count("expect") > 0 && head.version == 11 && !parser_->is_done();
    request_.target = std::move(head.target);
    for (auto& [name, value] : head.fields) request_.headers[std::move(name)] = std::move(value);
    stream_.expires_after(std::chrono::seconds(options_.idle_seconds));
    if (expects) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      net::async_write(stream_, net::buffer(kContinue), [self = shared_from_this()](error_code failed, std::size_t) {
        if (!failed) self->read_body();
      });
    } else {
      read_body();
    }
  }

  // Of a header that broke the limit: has its first line not ended?
  bool is_inside_target() const {
    const auto data = static_cast<const char*>(buffer_.data().data());
    return parser_->get().target().empty() &&
           std::string_view(data, buffer_.size()).find("\r\n") == std::string_view::npos;
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code ec, std::size_t) { self->on_body(ec); });
  }

  void on_body(error_code ec) {
    if (ec && !is_parse_error(ec)) return;
    if (ec) return send(problem_response(parse_problem(ec, /*inside_target=*/false), request_.request_id));
    stream_.expires_never();
    keep_alive_ = parser_->keep_alive();
    request_.body = std::move(parser_->get().body());
    if (router_.admission(request_) == Admission::kAlways) return answer();
    if (++metrics_.requests_in_flight > options_.queue_limit) {
      --metrics_.requests_in_flight;
      ++metrics_.requests_refused;
      Problem problem(503, "overloaded", "more than " + std::to_string(options_.queue_limit) + " requests are waiting",
                      "try again in a second");
      problem.headers.emplace_back("Retry-After", "1");
      return send(problem_response(problem, request_.request_id));
    }
    in_flight_ = true;
    worker_.enqueue(shared_from_this());
  }

  void send(HttpResponse response) {
    metrics_.observe(response.route, response.status,
                     std::chrono::duration<double>(steady_clock::now() - begin_).count());
    // While draining, requests that have arrived behind this one are still answered.
    if (draining_ && buffer_.size() == 0) keep_alive_ = false;
    response_.emplace(static_cast<http::status>(response.status), 11);
    response_->reason(beast::string_view(status_phrase(response.status).data(), status_phrase(response.status).size()));
    response_->set(http::field::server, "genre");
    response_->set(http::field::date, http_date());
    if (!response.content_type.empty()) response_->set(http::field::content_type, response.content_type);
    response_->set("X-Request-Id", request_.request_id);
    response_->set("X-Content-Type-Options", "nosniff");
    response_->set("Referrer-Policy", "no-referrer");
    for (const auto& [name, value] : response.headers) response_->set(name, value);
    response_->content_length(response.body.size());
    response_->keep_alive(keep_alive_);
    if (request_.method != "HEAD") response_->body() = std::move(response.body);
    stream_.expires_after(std::chrono::seconds(options_.idle_seconds));
    http::async_write(stream_, *response_,
                      [self = shared_from_this()](error_code ec, std::size_t) { self->on_sent(ec); });
  }

  void on_sent(error_code ec) {
    if (std::exchange(in_flight_, false)) --metrics_.requests_in_flight;
    response_.reset();
    if (ec) return;
    if (keep_alive_) return read_header();
    stream_.socket().shutdown(tcp::socket::shutdown_send, ec);
    stream_.expires_after(kLingerTime);
    linger();
  }

  void linger() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(16384), [self = shared_from_this()](error_code ec, std::size_t bytes) {
      self->lingered_ += bytes;
      if (!ec && self->lingered_ < kLingerBytes) self->linger();
    });
  }

  const ServeOptions& options_;
  const Router& router_;
  Metrics& metrics_;
  const std::atomic<bool>& draining_;
  Worker& worker_;
  const std::function<void()> on_close_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{kHeaderBytes * 4};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  HttpRequest request_;
  steady_clock::time_point begin_;
  std::size_t lingered_ = 0;
  bool keep_alive_ = false, in_flight_ = false, awaiting_request_ = false;
};

void Worker::enqueue(std::shared_ptr<Connection> connection) {
  waiting.push_back(std::move(connection));
  if (std::exchange(running_requests, true)) return;
  net::post(context, [this] { run_next(); });
}

// One request a turn of the loop: between two, the loop reads others, refuses what is too much, and answers probes.
void Worker::run_next() {
  const std::shared_ptr<Connection> connection = std::move(waiting.front());
  waiting.pop_front();
  connection->answer();
  running_requests = !waiting.empty();
  if (running_requests) net::post(context, [this] { run_next(); });
}

}  // namespace

void HttpServer::State::add(tcp::socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  ++metrics.connections;
  Worker& worker = workers[next_worker];
  next_worker = (next_worker + 1) % workers.size();
  net::post(worker.context, [this, &worker, s = std::move(socket)]() mutable {
    std::make_shared<Connection>(*this, worker, std::move(s))->read_header();
  });
}

void HttpServer::State::accept() {
  acceptor->async_accept(workers[next_worker].context, [this](error_code ec, tcp::socket socket) {
    if (!ec) add(std::move(socket));
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

// On the first worker's thread: takes the connections that wait in the kernel, then closes the door.
void HttpServer::State::drain() {
  error_code ec;
  acceptor->cancel(ec);
  acceptor->non_blocking(true, ec);
  while (!ec) {
    tcp::socket socket(workers[next_worker].context);
    acceptor->accept(socket, ec);
    if (!ec) add(std::move(socket));
  }
  acceptor->close(ec);
  retry->cancel();
}

HttpServer::HttpServer(ServeOptions options, Router router, Metrics& metrics)
    : state_(std::make_unique<State>(std::move(options), std::move(router), metrics)) {
  for (const Route& route : state_->router.routes()) metrics.add_route(route.label());
}

HttpServer::~HttpServer() {
  stop();
  // They live on the first worker's loop, so they go before it.
  state_->acceptor.reset();
  state_->retry.reset();
  state_->workers.clear();
}

int HttpServer::start() {
  State& s = *state_;
  const net::ip::address address = loopback_address(s.options.address);
  raise_file_limit();
  const int threads =
      s.options.threads > 0 ? s.options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (int t = 0; t < threads; ++t) s.workers.emplace_back();
  const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(s.options.port));
  error_code ec;
  s.acceptor.emplace(s.workers[0].context);
  s.retry.emplace(s.workers[0].context);
  s.acceptor->open(endpoint.protocol(), ec);
  if (!ec) s.acceptor->set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) s.acceptor->bind(endpoint, ec);
  if (!ec) s.acceptor->listen(net::socket_base::max_listen_connections, ec);
  if (ec) {
    s.acceptor.reset();
    throw Error(
        ErrorCode::kResources,
        "cannot listen on " + s.options.address + " port " + std::to_string(s.options.port) + ": " + ec.message(),
        ec == net::error::address_in_use ? "--set serve.port=0 takes any free port" : "", {.key = "serve.port"});
  }
  const int port = s.acceptor->local_endpoint().port();
  s.accept();
  for (Worker& worker : s.workers) {
    worker.work.emplace(worker.context.get_executor());
    worker.thread = std::thread([&worker] { worker.context.run(); });
  }
  return port;
}

void HttpServer::stop() {
  State& s = *state_;
  if (!s.acceptor || s.draining.exchange(true)) return;
  net::post(s.workers[0].context, [&s] { s.drain(); });
  const auto wait = [&](auto time) {
    std::unique_lock guard(s.mutex);
    s.closed.wait_for(guard, time, [&] { return s.metrics.connections == 0; });
  };
  wait(kDrainGrace);
  for (Worker& worker : s.workers)
    net::post(worker.context, [&worker] {
      const std::set<Connection*> open = worker.connections;  // closing one changes the set
      for (Connection* const connection : open) connection->close_if_idle();
    });
  wait(std::chrono::seconds(kDrainSeconds) - kDrainGrace);
  for (Worker& worker : s.workers) {
    worker.work.reset();
    worker.context.stop();
    worker.thread.join();
  }
}

}  // namespace genre
