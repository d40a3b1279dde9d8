// A blocking HTTP client for tests: sends any bytes, reads one answer at a time.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace genre {

class RawClient {
 public:
  struct Answer {
    int status = 0;
    std::map<std::string, std::string> headers;  // lower-case names
    std::string body;
  };

  explicit RawClient(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{.tv_sec = 60, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
      close(fd_);
      throw std::runtime_error("connection refused");
    }
  }
  ~RawClient() { close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False when the other side has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }

  // The next answer; absent when the connection ends before a whole one. `head`: an answer without its body.
  std::optional<Answer> receive(bool head = false) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!more()) return std::nullopt;
    Answer out;
    std::string_view header = std::string_view(buffer_).substr(0, end + 2);
    out.status = std::atoi(std::string(header.substr(9, 3)).c_str());
    header.remove_prefix(header.find("\r\n") + 2);
    while (!header.empty()) {
      const std::string_view line = header.substr(0, header.find("\r\n"));
      std::string name(line.substr(0, line.find(':')));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      out.headers[name] = std::string(line.substr(line.find(':') + 2));
      header.remove_prefix(line.size() + 2);
    }
    buffer_.erase(0, end + 4);
    const std::size_t length =
        head || out.status == 100 ? 0 : static_cast<std::size_t>(std::atoll(out.headers["content-length"].c_str()));
    while (buffer_.size() < length)
      if (!more()) return std::nullopt;
    out.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return out;
  }

  // Sends a request and waits for its answer; throws where none comes.
  Answer ask(const std::string& method, const std::string& target, const std::string& body = {},
             const std::string& headers = {}) {
    send(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
         (body.empty() && method != "POST" ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" +
         body);
    auto out = receive(method == "HEAD");
    if (!out) throw std::runtime_error("no answer to " + method + " " + target);
    return *std::move(out);
  }

  // Waits until the other side closes; false if it sends more instead or nothing happens for a minute.
  bool closes() { return buffer_.empty() && !more() && ended_; }

 private:
  bool more() {
    char bytes[16384];
    const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
    ended_ = got == 0 || (got < 0 && errno == ECONNRESET);
    if (got > 0) buffer_.append(bytes, static_cast<std::size_t>(got));
    return got > 0;
  }

  int fd_;
  std::string buffer_;
  bool ended_ = false;
};

}  // namespace genre
