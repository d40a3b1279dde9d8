#include "genre/serve/routes.h"

#include <nlohmann/json.hpp>
#include <random>

#include "genre/base/random.h"
#include "genre/serve/events.h"
#include "genre/serve/openapi.h"
#include "genre/serve/page.h"
#include "genre/serve/problem.h"

namespace genre {
namespace {

using nlohmann::ordered_json;

constexpr int kLargestK = 1000, kTextBytes = 4096;
constexpr int kExampleUsers = 12, kExampleHistory = 5;

Parameter k_parameter(ParameterPlace place, int fallback = 10) {
  return {.name = "k",
          .place = place,
          .type = ParameterType::kInteger,
          .minimum = 1,
          .maximum = kLargestK,
          .doc = "how many; " + std::to_string(fallback) + " when absent"};
}
Parameter id_parameter(std::string doc) {
  return {.name = "id", .place = ParameterPlace::kPath, .minimum = 1, .maximum = kIdBytes, .doc = std::move(doc)};
}
Parameter filter_parameter(ParameterPlace place) {
  return {.name = "filter",
          .place = place,
          .maximum = kTextBytes,
          .doc = "expression over item fields, such as: year >= 1990 and genres contains \"Comedy\""};
}
Parameter explain_parameter(ParameterPlace place) {
  return {.name = "explain", .place = place, .type = ParameterType::kFlag, .doc = "give each item a reason"};
}

HttpResponse json_response(const ordered_json& document) {
  return {.body = document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
          .headers = {{"Cache-Control", "no-store"}}};
}

// Names one answer, so that later events can say what they follow from.
std::string fresh_id() {
  thread_local RandomStream stream(std::random_device{}() * 0x100000001ULL + std::random_device{}(),
                                   "serve.recommendation_id");
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (int half = 0; half < 2; ++half)
    for (std::uint64_t bits = stream.next(), i = 0; i < 16; ++i, bits >>= 4) out += kDigits[bits & 15];
  return out;
}

HttpResponse recommendations_response(const RecommendationService& service, const Recommendations& answer) {
  ordered_json items = ordered_json::array();
  for (const RecommendedItem& item : answer.items) {
    items.push_back({{"item", item.item}, {"score", item.score}, {"title", item.title}});
    if (!item.reason.empty()) items.back()["reason"] = item.reason;
  }
  return json_response(
      {{"recommendation_id", fresh_id()},
       {"strategy", answer.strategy},
       {"fallback_reason", answer.fallback_reason.empty() ? ordered_json() : ordered_json(answer.fallback_reason)},
       {"model", service.model_name()},
       {"items", std::move(items)}});
}

ordered_json history_json(const RecommendationService& service, const std::string& user, int count) {
  ordered_json items = ordered_json::array();
  for (const ItemSummary& item : service.history(user, count))
    items.push_back({{"item", item.item}, {"title", item.title}});
  return {{"user", user}, {"items", std::move(items)}};
}

RecommendRequest recommend_request(const Arguments& a) {
  return {.user = a.has("user") ? std::optional(a.text("user")) : std::nullopt,
          .history = a.texts("history"),
          .text = a.text("text"),
          .k = static_cast<int>(a.integer("k", 10)),
          .filter = a.text("filter"),
          .exclude = a.texts("exclude"),
          .explain = a.flag("explain")};
}

void add_recommendation_routes(Router& router, RecommendationService& service) {
  constexpr auto kQuery = ParameterPlace::kQuery;
  constexpr auto kBody = ParameterPlace::kBody;
  router.add({.method = "POST",
              .path = "/v1/recommendations",
              .summary = "Items for a user, a history, or words",
              .parameters =
                  {{.name = "user", .minimum = 1, .maximum = kIdBytes, .doc = "user id; an unknown one is no error"},
                   {.name = "history",
                    .type = ParameterType::kTexts,
                    .maximum = 1000,
                    .doc = "item ids, oldest first, added to what is known of the user"},
                   {.name = "text", .maximum = kTextBytes, .doc = "what somebody says they want"},
                   k_parameter(kBody),
                   filter_parameter(kBody),
                   {.name = "exclude", .type = ParameterType::kTexts, .maximum = 10000, .doc = "item ids to leave out"},
                   explain_parameter(kBody)},
              .body = BodyKind::kObject,
              .answer = "Recommendations",
              .handler = immediate([&service](const HttpRequest&, const Arguments& a) {
                return recommendations_response(service, service.recommend(recommend_request(a)));
              })});
  router.add({.method = "GET",
              .path = "/v1/users/{id}/recommendations",
              .summary = "Items for a user",
              .parameters = {id_parameter("user id; an unknown one is no error"), k_parameter(kQuery),
                             explain_parameter(kQuery), filter_parameter(kQuery)},
              .answer = "Recommendations",
              .handler = immediate([&service](const HttpRequest&, const Arguments& a) {
                RecommendRequest request = recommend_request(a);
                request.user = a.text("id");
                return recommendations_response(service, service.recommend(request));
              })});
  router.add({.method = "GET",
              .path = "/v1/users/{id}/history",
              .summary = "What is known of a user, newest first; empty for an unknown one",
              .parameters = {id_parameter("user id"), k_parameter(kQuery, 20)},
              .answer = "History",
              .handler = immediate([&service](const HttpRequest&, const Arguments& a) {
                return json_response(history_json(service, a.text("id"), static_cast<int>(a.integer("k", 20))));
              })});
  router.add({.method = "GET",
              .path = "/v1/items/{id}/similar",
              .summary = "Items like an item",
              .parameters = {id_parameter("item id"), k_parameter(kQuery)},
              .answer = "Recommendations",
              .handler = immediate([&service](const HttpRequest&, const Arguments& a) {
                return recommendations_response(service,
                                                service.similar(a.text("id"), static_cast<int>(a.integer("k", 10))));
              })});
  router.add({.method = "GET",
              .path = "/v1/search",
              .summary = "Items by the meaning of words",
              .parameters = {{.name = "q",
                              .place = kQuery,
                              .presence = Presence::kRequired,
                              .minimum = 1,
                              .maximum = kTextBytes,
                              .doc = "words"},
                             k_parameter(kQuery)},
              .answer = "Recommendations",
              .handler = immediate([&service](const HttpRequest&, const Arguments& a) {
                return recommendations_response(service,
                                                service.search(a.text("q"), static_cast<int>(a.integer("k", 10))));
              })});
  router.add({.method = "GET",
              .path = "/v1/examples",
              .summary = "Users to try, with their latest history",
              .answer = "Examples",
              .handler = immediate([&service](const HttpRequest&, const Arguments&) {
                ordered_json users = ordered_json::array();
                for (const std::string& user : service.example_users(kExampleUsers))
                  users.push_back(history_json(service, user, kExampleHistory));
                return json_response({{"model", service.model_name()}, {"users", std::move(users)}});
              })});
}

void add_operation_routes(Router& router, RecommendationService& service, EventStore& store, Metrics& metrics) {
  router.add({.method = "GET",
              .path = "/healthz/live",
              .summary = "Whether the process answers",
              .answer = "Health",
              .handler = immediate([](const HttpRequest&, const Arguments&) {
                return json_response({{"status", "live"}});
              }),
              .admission = Admission::kAlways});
  // A degraded service still recommends, so a load balancer should go on sending it requests.
  router.add(
      {.method = "GET",
       .path = "/healthz/ready",
       .summary = "Whether requests can be answered; degraded: recommendations yes, events no",
       .answer = "Health",
       .handler = immediate([&](const HttpRequest&, const Arguments&) {
         ordered_json out = {{"status", store.writable() ? "ready" : "degraded"}, {"model", service.model_name()}};
         if (!store.writable()) out["reason"] = "the event store takes no events: the disk failed to sync";
         return json_response(out);
       }),
       .admission = Admission::kAlways});
  router.add({.method = "GET",
              .path = "/metrics",
              .summary = "Counters in the Prometheus text format",
              .handler = immediate([&](const HttpRequest&, const Arguments&) {
                const Metrics::Facts facts{.model = service.model_name(),
                                           .digest = service.artifact_digest(),
                                           .users = service.users(),
                                           .items = service.items(),
                                           .events_stored = store.size(),
                                           .store_writable = store.writable()};
                return HttpResponse{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                                    .body = metrics.text(facts)};
              }),
              .admission = Admission::kAlways});
}

void add_page_routes(Router& router) {
  for (const PageFile& file : page_files())
    router.add({.method = "GET",
                .path = std::string(file.path),
                .summary = "The web page",
                .handler = immediate([&file](const HttpRequest&, const Arguments&) {
                  return HttpResponse{.content_type = std::string(file.content_type),
                                      .body = std::string(file.bytes),
                                      .headers = {{"Content-Security-Policy", std::string(kContentSecurityPolicy)},
                                                  {"Cache-Control", "no-cache"}}};
                })});
}

}  // namespace

Router make_router(RecommendationService& service, EventStore& store, Metrics& metrics) {
  Router router;
  add_recommendation_routes(router, service);
  router.add({.method = "POST",
              .path = "/v1/events",
              .summary = "What users did: one event, a list, or one a line; durable when answered",
              .body = BodyKind::kRaw,
              .answer = "EventsAnswer",
              .handler = events_handler(service, store, metrics)});
  add_operation_routes(router, service, store, metrics);
  const auto document = std::make_shared<std::string>();
  router.add({.method = "GET",
              .path = "/openapi.json",
              .summary = "This interface as an OpenAPI 3.1 document",
              .handler = immediate(
                  [document](const HttpRequest&, const Arguments&) { return HttpResponse{.body = *document}; })});
  *document = openapi_document(router.routes());
  add_page_routes(router);
  return router;
}

}  // namespace genre
