// A server for tests, on a free port of this machine, with one connection at a time.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

namespace genre {

class TestServer {
 public:
  // `reply` gets each request, head and body, and says the bytes to send before the connection is closed; with kHang
  // nothing is sent and the connection stays open until the client or the server goes.
  static constexpr const char* kHang = "(hang)";
  explicit TestServer(std::function<std::string(const std::string& request)> reply)
      : reply_(std::move(reply)), fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || listen(fd_, 16) != 0 ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
      throw std::runtime_error("no port for a test server");
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TestServer() {
    stop_ = true;
    thread_.join();
    close(fd_);
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }

  static std::string answer(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nConnection: close\r\n\r\n" + body;
  }

 private:
  bool readable(int fd) const {
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    while (!stop_)
      if (poll(&wait, 1, 20) > 0) return true;
    return false;
  }

  // Adds what comes next; false where the client is gone or the server stops.
  bool receive(int client, std::string& request) const {
    char bytes[16384];
    if (!readable(client)) return false;
    const ssize_t got = recv(client, bytes, sizeof bytes, 0);
    if (got > 0) request.append(bytes, static_cast<std::size_t>(got));
    return got > 0;
  }

  void serve() {
    while (readable(fd_)) {
      const int client = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      std::string request;
      while (!whole(request) && receive(client, request)) {
      }
      const std::string out = reply_(request);
      if (out == kHang) {
        while (receive(client, request)) {
        }
      } else {
        for (std::size_t sent = 0; sent < out.size();) {
          const ssize_t put = ::send(client, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
          if (put <= 0) break;
          sent += static_cast<std::size_t>(put);
        }
      }
      close(client);
    }
  }

  static bool whole(const std::string& request) {
    const std::size_t head = request.find("\r\n\r\n"), length = request.find("Content-Length: ");
    if (head == std::string::npos) return false;
    return length == std::string::npos ||
           request.size() >= head + 4 + static_cast<std::size_t>(std::atoll(request.c_str() + length + 16));
  }

  std::function<std::string(const std::string&)> reply_;
  int fd_;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace genre
