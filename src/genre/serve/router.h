// The table of routes. Requests are matched and checked by it, and /openapi.json is written from it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "genre/serve/http.h"
#include "genre/serve/parameter.h"

namespace genre {

enum class BodyKind { kNone, kObject, kRaw };  // kObject: a JSON object of the kBody parameters
enum class Admission { kQueued, kAlways };     // kAlways: answered under overload too, for probes

// Runs on a server thread and must not block it. Throws Problem or Error, or replies, at once or later.
using Handler = std::function<void(const HttpRequest&, const Arguments&, Reply)>;
// Wraps a handler that has its answer at once.
Handler immediate(std::function<HttpResponse(const HttpRequest&, const Arguments&)> handler);

struct Route {
  std::string method;  // GET answers HEAD too
  std::string path;    // "/v1/users/{id}/recommendations"
  std::string summary;
  std::vector<Parameter> parameters;
  BodyKind body = BodyKind::kNone;
  std::string answer;  // name of the OpenAPI schema of a 200 answer; "" for one that is not JSON
  Handler handler;
  Admission admission = Admission::kQueued;

  std::string label() const { return method + " " + path; }
};

class Router {
 public:
  void add(Route route);
  const std::vector<Route>& routes() const { return routes_; }

  // Replies exactly once, with a problem document where the request or the handler fails: 404 "unknown_route", 405 with
  // Allow, 403 for a write that another site's page makes, 400 for a bad argument. Thread-safe.
  void dispatch(const HttpRequest& request, Reply reply) const;
  // Whether the request's route is answered outside admission.
  Admission admission(const HttpRequest& request) const;

 private:
  struct Pattern {
    std::vector<std::string> segments;  // "{id}" matches any one
  };
  std::vector<std::size_t> matches(const std::vector<std::string>& segments) const;
  void answer(const HttpRequest& request, std::string& label, const Reply& reply) const;

  std::vector<Route> routes_;
  std::vector<Pattern> patterns_;
};

}  // namespace genre
