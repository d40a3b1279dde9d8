#include "genre/serve/worker.h"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <ctime>

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

// What a worker spends on answers in one turn of its loop, at least one answer.
constexpr auto kAnswerTime = std::chrono::milliseconds(4);
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

}  // namespace

// Everything happens on the worker's thread; only replies may come from others.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Worker& worker, tcp::socket socket)
      : options_(worker.shared_.options),
        shared_(worker.shared_),
        metrics_(worker.shared_.metrics),
        worker_(worker),
        stream_(std::move(socket)) {
    worker_.connections_.insert(this);
  }
  ~Connection() {
    if (in_flight_) --metrics_.requests_in_flight;
    worker_.connections_.erase(this);
    --metrics_.connections;
    shared_.connection_closed();
  }

  void read_header() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytes);
    parser_->body_limit(static_cast<std::uint64_t>(options_.body_limit_kib) * 1024);
    request_ = {};
    keep_alive_ = false;
    awaiting_request_ = true;
    if (shared_.draining && buffer_.size() == 0)
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
    shared_.router.dispatch(request_, [once](HttpResponse response) {
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
    if (shared_.router.admission(request_) == Admission::kAlways) return answer();
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
    if (shared_.draining && buffer_.size() == 0) keep_alive_ = false;
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
  ServerShared& shared_;
  Metrics& metrics_;
  Worker& worker_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{kHeaderBytes * 4};
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  HttpRequest request_;
  steady_clock::time_point begin_;
  std::size_t lingered_ = 0;
  bool keep_alive_ = false, in_flight_ = false, awaiting_request_ = false;
};

void Worker::adopt(tcp::socket socket) {
  ++shared_.metrics.connections;
  net::post(loop_, [this, s = std::move(socket)]() mutable {
    std::make_shared<Connection>(*this, std::move(s))->read_header();
  });
}

void Worker::run() {
  work_.emplace(loop_.get_executor());
  thread_ = std::thread([this] { loop_.run(); });
}

void Worker::close_idle() {
  net::post(loop_, [this] {
    const std::set<Connection*> open = connections_;  // closing one may change the set
    for (Connection* const connection : open) connection->close_if_idle();
  });
}

void Worker::stop() {
  work_.reset();
  loop_.stop();
  thread_.join();
}

void Worker::enqueue(std::shared_ptr<Connection> connection) {
  waiting_.push_back(std::move(connection));
  if (std::exchange(answering_, true)) return;
  net::post(loop_, [this] { answer_waiting(); });
}

// Between two turns the loop reads other requests, refuses what is too much, and answers probes. One answer a turn
// would let refusals starve the answers; more than a few milliseconds would let answers hold up refusals.
void Worker::answer_waiting() {
  const auto end = steady_clock::now() + kAnswerTime;
  do {
    const std::shared_ptr<Connection> connection = std::move(waiting_.front());
    waiting_.pop_front();
    connection->answer();
  } while (!waiting_.empty() && steady_clock::now() < end);
  answering_ = !waiting_.empty();
  if (answering_) net::post(loop_, [this] { answer_waiting(); });
}

}  // namespace genre
