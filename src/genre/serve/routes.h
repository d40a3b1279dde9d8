// Every route of the service.
#pragma once

#include "genre/engine/recommendation_service.h"
#include "genre/serve/metrics.h"
#include "genre/serve/router.h"
#include "genre/store/event_store.h"

namespace genre {

// The arguments outlive the router.
Router make_router(RecommendationService& service, EventStore& store, Metrics& metrics);
}  // namespace genre
