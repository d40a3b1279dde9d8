// One HTTP request, made by the program curl: name resolution, TLS and proxies are its.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace genre {

// Twice as many fit into a line of curl's configuration, as quotes and backslashes take.
constexpr std::size_t kMostRequestBody = std::size_t{48} << 10;

struct HttpRequest {
  std::string method = "GET";
  std::string address;               // http:// or https://, escaped
  std::vector<std::string> headers;  // "Name: value"
  std::string user;                  // "name:password" for basic authentication; empty: none
  std::string body;                  // at most kMostRequestBody bytes
  int seconds = 10;                  // for all of it
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// The answer, whatever its status; redirections are not followed. Headers, user and body are in no argument of a
// process and in no message. Throws Error(kDependency) where no answer came: refused, too late, longer than 16 MiB, not
// HTTP, or curl is missing; Error(kUsage) for a header or user with a line break.
HttpAnswer send(const HttpRequest& request);

// Letters, digits and "-._~" as they are, other bytes as %XX (RFC 3986).
std::string percent_encode(std::string_view text);

}  // namespace genre
