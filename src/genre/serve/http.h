// Requests and answers as the routes see them, free of the HTTP library.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace genre {

struct HttpRequest {
  std::string method;                          // "GET"
  std::string target;                          // as sent: "/v1/search?q=space%20opera"
  std::map<std::string, std::string> headers;  // names in lower case; of a repeated one, the last
  std::string body;
  std::string request_id;  // from X-Request-Id, else made up
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();  // from X-Deadline-Ms
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string route = "none";  // label in the metrics: "GET /v1/search"
};

// Sends the answer; to be called exactly once, from any thread.
using Reply = std::function<void(HttpResponse)>;

}  // namespace genre
