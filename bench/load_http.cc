// Open-loop load: requests start at fixed times whatever the answers do, and a request's latency counts from the time
// it was due, so a stalled server cannot hide behind a waiting client (coordinated omission).
//   load_http --port 8080 --rate 1000 --seconds 10 [--connections 64] [--method GET] [--path /v1/search?q=x] [--body
//   TEXT]
// With --spread N, "{n}" in the path runs through 1 to N. Prints one JSON object; refused counts 503, errors everything
// else that is not 200.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  int port = 8080, connections = 64;
  double rate = 1000, seconds = 10;
  std::string method = "GET", path = "/healthz/live", body;
  long spread = 1;
};

struct Connection {
  int fd = -1;
  std::string received;
  Clock::time_point due;
};

int connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return fd;
  close(fd);
  return -1;
}

// The status of the answer at the front of the text, 0 while it is not whole.
int whole_answer(const std::string& text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos) return 0;
  const std::size_t at = text.find("Content-Length: ");
  const std::size_t length = at < end ? std::stoul(text.substr(at + 16)) : 0;
  return text.size() >= end + 4 + length ? std::stoi(text.substr(9, 3)) : 0;
}

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

struct Result {
  std::vector<double> milliseconds;  // of answers 200
  long sent = 0, refused = 0, errors = 0;
  long unsent = 0;  // due while every connection waited for an answer
};

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options), connections_(static_cast<std::size_t>(options.connections)) {
    for (long n = 1; n <= options.spread; ++n) requests_.push_back(request(n));
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    for (std::size_t c = 0; c < connections_.size(); ++c) open(c);
  }
  ~Load() {
    for (const Connection& connection : connections_)
      if (connection.fd >= 0) close(connection.fd);
    close(poll_);
  }

  Result run() {
    const auto begin = Clock::now();
    const auto total = static_cast<long>(options_.rate * options_.seconds);
    long scheduled = 0;
    // Ends when everything due is answered, or five seconds after the last was due.
    while (out_.sent < total || free_.size() + failed_ < connections_.size()) {
      const double elapsed = seconds_since(begin);
      if (elapsed > options_.seconds + 5) break;
      for (; scheduled < total && static_cast<double>(scheduled) / options_.rate <= elapsed; ++scheduled)
        due_.push_back(begin + std::chrono::duration_cast<Clock::duration>(
                                   std::chrono::duration<double>(static_cast<double>(scheduled) / options_.rate)));
      while (!due_.empty() && !free_.empty()) send_next();
      if (failed_ == connections_.size()) break;
      // To the nanosecond: a busy loop would take the core that the server needs.
      const double next =
          scheduled < total ? static_cast<double>(scheduled) / options_.rate - seconds_since(begin) : 0.1;
      const timespec pause{.tv_sec = 0, .tv_nsec = static_cast<long>(1e9 * std::clamp(next, 0.0, 0.1))};
      epoll_event events[64];
      const int ready = epoll_pwait2(poll_, events, 64, &pause, nullptr);
      for (int e = 0; e < ready; ++e) receive(events[e].data.u64);
    }
    out_.unsent = total - out_.sent;
    return out_;
  }

 private:
  void open(std::size_t c) {
    connections_[c] = {.fd = connect_to(options_.port), .received = {}, .due = {}};
    if (connections_[c].fd < 0) {
      ++failed_;
      return;
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = c;
    epoll_ctl(poll_, EPOLL_CTL_ADD, connections_[c].fd, &event);
    free_.push_back(c);
  }
  void reopen(std::size_t c) {
    ++out_.errors;
    close(connections_[c].fd);
    open(c);
  }
  // "{n}" in the path stands for the number.
  std::string request(long n) const {
    std::string path = options_.path;
    if (const auto at = path.find("{n}"); at != std::string::npos) path.replace(at, 3, std::to_string(n));
    std::string out = options_.method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!options_.body.empty())
      out += "Content-Type: application/json\r\nContent-Length: " + std::to_string(options_.body.size()) + "\r\n";
    return out + "\r\n" + options_.body;
  }
  void send_next() {
    const std::size_t c = free_.front();
    free_.pop_front();
    connections_[c].due = due_.front();
    due_.pop_front();
    const std::string& text = requests_[static_cast<std::size_t>(out_.sent % options_.spread)];
    ++out_.sent;
    const ssize_t put = send(connections_[c].fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (put != static_cast<ssize_t>(text.size())) reopen(c);
  }
  void receive(std::size_t c) {
    Connection& connection = connections_[c];
    char bytes[65536];
    const ssize_t got = recv(connection.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return reopen(c);
    connection.received.append(bytes, static_cast<std::size_t>(got));
    const int status = whole_answer(connection.received);
    if (status == 0) return;
    if (status == 200)
      out_.milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - connection.due).count());
    else
      ++(status == 503 ? out_.refused : out_.errors);
    connection.received.clear();
    free_.push_back(c);
  }

  const Options options_;
  std::vector<std::string> requests_;  // ready to send, in turn
  int poll_;
  std::vector<Connection> connections_;
  std::deque<std::size_t> free_;
  std::deque<Clock::time_point> due_;
  std::size_t failed_ = 0;  // connections that could not be opened
  Result out_;
};

double quantile(const std::vector<double>& sorted, double share) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int a = 1; a + 1 < argc; a += 2) {
    const std::string_view name = argv[a];
    const char* const value = argv[a + 1];
    if (name == "--port") options.port = std::atoi(value);
    if (name == "--connections") options.connections = std::max(1, std::atoi(value));
    if (name == "--rate") options.rate = std::atof(value);
    if (name == "--seconds") options.seconds = std::atof(value);
    if (name == "--method") options.method = value;
    if (name == "--path") options.path = value;
    if (name == "--spread") options.spread = std::max(1L, std::atol(value));
    if (name == "--body") options.body = value;
  }
  if (argc < 2 || argc % 2 == 0 || options.rate <= 0 || options.seconds <= 0) {
    std::fputs(
        "usage: load_http --port N [--rate R] [--seconds S] [--connections C] [--method M] [--path P] [--spread N] "
        "[--body TEXT]\n",
        stderr);
    return 2;
  }
  Result result = Load(options).run();
  std::sort(result.milliseconds.begin(), result.milliseconds.end());
  const nlohmann::ordered_json out = {{"rate", options.rate},
                                      {"sent", result.sent},
                                      {"ok", result.milliseconds.size()},
                                      {"refused", result.refused},
                                      {"errors", result.errors},
                                      {"unsent", result.unsent},
                                      {"p50_ms", quantile(result.milliseconds, 0.5)},
                                      {"p99_ms", quantile(result.milliseconds, 0.99)},
                                      {"max_ms", quantile(result.milliseconds, 1)}};
  std::puts(out.dump().c_str());
}
