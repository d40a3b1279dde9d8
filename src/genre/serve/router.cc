#include "genre/serve/router.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "genre/base/text_distance.h"
#include "genre/serve/json_text.h"
#include "genre/serve/problem.h"
#include "genre/serve/url.h"

namespace genre {
namespace {

bool is_placeholder(const std::string& segment) { return segment.starts_with('{'); }

std::string effective_method(const std::string& method) { return method == "HEAD" ? "GET" : method; }

// A page of another origin must not write through a visitor's browser (RFC 6454); other programs send no Origin.
void check_origin(const HttpRequest& request) {
  const auto origin = request.headers.find("origin");
  if (request.method == "GET" || request.method == "HEAD" || origin == request.headers.end()) return;
  const auto host = request.headers.find("host");
  const std::string own = host == request.headers.end() ? "" : host->second;
  if (origin->second != "http://" + own && origin->second != "https://" + own)
    throw Problem(403, "cross_origin", "this request comes from a page of another origin",
                  "send it from the service's own page or without a browser");
}

}  // namespace

Handler immediate(std::function<HttpResponse(const HttpRequest&, const Arguments&)> handler) {
  return [handler = std::move(handler)](const HttpRequest& request, const Arguments& arguments, const Reply& reply) {
    reply(handler(request, arguments));
  };
}

void Router::add(Route route) {
  patterns_.push_back({parse_target(route.path).segments});
  routes_.push_back(std::move(route));
}

std::vector<std::size_t> Router::matches(const std::vector<std::string>& segments) const {
  std::vector<std::size_t> out;
  for (std::size_t r = 0; r < routes_.size(); ++r) {
    const auto& pattern = patterns_[r].segments;
    if (std::equal(pattern.begin(), pattern.end(), segments.begin(), segments.end(),
                   [](const std::string& wanted, const std::string& found) {
                     return is_placeholder(wanted) || wanted == found;
                   }))
      out.push_back(r);
  }
  return out;
}

void Router::answer(const HttpRequest& request, std::string& label, const Reply& reply) const {
  const Target target = parse_target(request.target);
  const std::vector<std::size_t> found = matches(target.segments);
  if (found.empty()) {
    std::vector<std::string> paths;
    for (const Route& route : routes_) paths.push_back(route.path);
    const auto nearest =
        nearest_name(request.target.substr(0, std::min<std::size_t>(request.target.find('?'), 128)), paths);
    throw Problem(404, "unknown_route", "there is no such route",
                  nearest ? "did you mean " + *nearest + "?" : "/openapi.json lists the routes");
  }
  std::string allowed;
  for (const std::size_t r : found) {
    const Route& route = routes_[r];
    allowed += (allowed.empty() ? "" : ", ") + route.method + (route.method == "GET" ? ", HEAD" : "");
    if (route.method != effective_method(request.method)) continue;
    label = route.label();
    check_origin(request);
    Arguments arguments;
    for (std::size_t s = 0; s < target.segments.size(); ++s) {
      const std::string& pattern = patterns_[r].segments[s];
      if (!is_placeholder(pattern)) continue;
      for (const Parameter& p : route.parameters)
        if (p.place == ParameterPlace::kPath && pattern == "{" + p.name + "}")
          read_segment(target.segments[s], p, arguments);
    }
    read_query(target.query, route.parameters, arguments);
    if (route.body == BodyKind::kObject) read_object(parse_json(request.body), route.parameters, "", arguments);
    route.handler(request, arguments, [label, reply](HttpResponse response) {
      response.route = label;
      reply(std::move(response));
    });
    return;
  }
  Problem problem(405, "method_not_allowed", "this route does not take " + request.method.substr(0, 32),
                  "allowed: " + allowed);
  problem.headers.emplace_back("Allow", allowed);
  throw problem;
}

void Router::dispatch(const HttpRequest& request, Reply reply) const {
  std::string label = "none";
  try {
    answer(request, label, reply);
  } catch (...) {
    HttpResponse response = response_to_exception(std::current_exception(), request.request_id);
    response.route = label;
    reply(std::move(response));
  }
}

Admission Router::admission(const HttpRequest& request) const {
  for (const Route& route : routes_)
    if (route.admission == Admission::kAlways && route.method == effective_method(request.method) &&
        route.path == request.target)
      return Admission::kAlways;
  return Admission::kQueued;
}

}  // namespace genre
