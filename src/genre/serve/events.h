// POST /v1/events: reads events, stores them durably, then tells the recommendation service.
#pragma once

#include <span>

#include "genre/engine/recommendation_service.h"
#include "genre/serve/metrics.h"
#include "genre/serve/router.h"
#include "genre/store/event_store.h"

namespace genre {

// The fields of one event.
std::span<const Parameter> event_parameters();

// The body is one object, an array, or one object a line (NDJSON). The answer {accepted, duplicates,
// rejected[{index, code, message}]} is sent once every accepted event is on disk and the service has applied it; it
// has status 422 and is a problem document where all were rejected. A malformed line of NDJSON is a rejected event, a
// malformed array a bad request. All three outlive the handler's last reply.
Handler events_handler(RecommendationService& service, EventStore& store, Metrics& metrics);

// Applies every event of the log, as after a start; returns how many name items that the service does not know.
std::int64_t replay_events(const EventStore& store, RecommendationService& service);

}  // namespace genre
