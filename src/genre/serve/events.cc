#include "genre/serve/events.h"

#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>

#include "genre/base/log.h"
#include "genre/serve/json_text.h"
#include "genre/serve/problem.h"

namespace genre {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

struct Reading {
  std::vector<StoredEvent> events;
  ordered_json rejected = ordered_json::array();
  void reject(std::size_t index, const std::string& code, const std::string& message) {
    rejected.push_back({{"index", index}, {"code", code}, {"message", message}});
  }
};

void read_event(const json& value, std::size_t index, const std::string& prefix, const RecommendationService& service,
                std::int64_t now, Reading& out) {
  try {
    Arguments a;
    read_object(value, event_parameters(), prefix, a);
    StoredEvent event{.event_id = a.text("event_id"),
                      .type = a.text("type"),
                      .user = a.text("user"),
                      .item = a.text("item"),
                      .value = static_cast<float>(a.number("value", 1)),
                      .time = a.integer("timestamp", now)};
    if (!service.knows_item(event.item))
      out.reject(index, "unknown_item", "the catalogue has no item \"" + event.item + "\"");
    else
      out.events.push_back(std::move(event));
  } catch (const Problem& problem) {
    out.reject(index, problem.code, problem.hint.empty() ? problem.detail : problem.detail + " (" + problem.hint + ")");
  }
}

// Calls visit(line) for every line that is not blank.
template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) visit(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// By its type, or, since many clients send none that fits, by its look: a first line that is an object of its own and
// something after it.
bool is_ndjson(const HttpRequest& request) {
  const auto type = request.headers.find("content-type");
  if (type != request.headers.end() &&
      (type->second.find("ndjson") != std::string::npos || type->second.find("jsonl") != std::string::npos))
    return true;
  const std::size_t end = request.body.find('\n');
  return end != std::string::npos && request.body.starts_with('{') &&
         request.body.find_first_not_of(" \t\r\n", end) != std::string::npos &&
         json::accept(request.body.substr(0, end));
}

Reading read_events(const HttpRequest& request, const RecommendationService& service) {
  Reading out;
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
  std::size_t index = 0;
  if (is_ndjson(request)) {
    for_each_line(request.body, [&](std::string_view line) {
      try {
        read_event(parse_json(line), index, "", service, now, out);
      } catch (const Problem& problem) {
        out.reject(index, problem.code, problem.detail);
      }
      ++index;
    });
  } else if (const json body = parse_json(request.body); body.is_array()) {
    for (const json& value : body) {
      read_event(value, index, "/" + std::to_string(index), service, now, out);
      ++index;
    }
  } else {
    read_event(body, index++, "", service, now, out);
  }
  if (index == 0) throw Problem(400, "no_events", "wanted at least one event, found none");
  return out;
}

HttpResponse answer(const ordered_json& rejected, std::int64_t accepted, std::int64_t duplicates,
                    const std::string& request_id) {
  ordered_json counts = {{"accepted", accepted}, {"duplicates", duplicates}, {"rejected", rejected}};
  HttpResponse out;
  if (accepted + duplicates == 0) {
    const std::string message = rejected[0]["message"].get<std::string>();
    ordered_json document =
        problem_document(Problem(422, "events_rejected", "no event was accepted; the first: " + message), request_id);
    document.update(counts);
    out.status = 422;
    out.content_type = "application/problem+json";
    counts = std::move(document);
  }
  out.body = counts.dump(-1, ' ', false, json::error_handler_t::replace);
  return out;
}

bool apply(RecommendationService& service, const StoredEvent& event) {
  try {
    return service.apply_event(event.user, event.item, event.type, event.value, event.time);
  } catch (const std::exception& error) {
    log_error(std::string("an event is stored but not applied: ") + error.what());
    return true;
  }
}

}  // namespace

std::span<const Parameter> event_parameters() {
  constexpr double kLargest = std::numeric_limits<float>::max();
  static const std::vector<Parameter> parameters = {
      {.name = "type",
       .presence = Presence::kRequired,
       .minimum = 1,
       .maximum = 64,
       .doc = "view, click, purchase, rating, ..."},
      {.name = "user",
       .presence = Presence::kRequired,
       .minimum = 1,
       .maximum = kIdBytes,
       .doc = "user id; a new one makes a new user"},
      {.name = "item",
       .presence = Presence::kRequired,
       .minimum = 1,
       .maximum = kIdBytes,
       .doc = "id of an item in the catalogue"},
      {.name = "value",
       .type = ParameterType::kNumber,
       .minimum = -kLargest,
       .maximum = kLargest,
       .doc = "rating, amount; 1 when absent"},
      {.name = "timestamp",
       .type = ParameterType::kTimestamp,
       .doc = "RFC 3339 or milliseconds since 1970; now when absent"},
      {.name = "event_id", .minimum = 1, .maximum = kIdBytes, .doc = "makes it safe to send the event again"},
  };
  return parameters;
}

Handler events_handler(RecommendationService& service, EventStore& store, Metrics& metrics) {
  return [&](const HttpRequest& request, const Arguments&, const Reply& reply) {
    Reading reading = read_events(request, service);
    metrics.events_rejected += static_cast<std::int64_t>(reading.rejected.size());
    if (reading.events.empty()) return reply(answer(reading.rejected, 0, 0, request.request_id));
    store.append_async(
        std::move(reading.events),
        [&service, &metrics, reply, rejected = std::move(reading.rejected), id = request.request_id](
            std::span<const StoredEvent> events, std::span<const Appended> results, std::exception_ptr error) {
          if (error != nullptr) return reply(response_to_exception(error, id));
          std::int64_t accepted = 0;
          for (std::size_t i = 0; i < events.size(); ++i) {
            if (results[i] == Appended::kDuplicate) continue;
            apply(service, events[i]);
            ++accepted;
          }
          const auto duplicates = static_cast<std::int64_t>(events.size()) - accepted;
          metrics.events_accepted += accepted;
          metrics.events_duplicate += duplicates;
          reply(answer(rejected, accepted, duplicates, id));
        });
  };
}

std::int64_t replay_events(const EventStore& store, RecommendationService& service) {
  std::int64_t unknown = 0;
  store.replay(0, [&](const StoredEvent& event) { unknown += apply(service, event) ? 0 : 1; });
  return unknown;
}

}  // namespace genre
