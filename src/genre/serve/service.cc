#include "genre/serve/service.h"

#include "genre/base/log.h"
#include "genre/serve/events.h"
#include "genre/serve/routes.h"
#include "genre/serve/server.h"

namespace genre {

// Destroyed from the end: the store first, since its last appends still reply through the server and tell the model.
struct Service::State {
  State(std::unique_ptr<RecommendationService> service, std::unique_ptr<EventStore> event_store, ServeOptions options)
      : recommendations(std::move(service)),
        server(std::move(options), make_router(*recommendations, *event_store, metrics), metrics),
        store(std::move(event_store)) {}

  std::unique_ptr<RecommendationService> recommendations;
  Metrics metrics;
  HttpServer server;
  std::unique_ptr<EventStore> store;
};

Service::Service(std::unique_ptr<RecommendationService> service, std::unique_ptr<EventStore> store,
                 ServeOptions options)
    : state_(std::make_unique<State>(std::move(service), std::move(store), std::move(options))) {}

Service::~Service() { stop(); }

int Service::start() {
  const std::int64_t unknown = replay_events(*state_->store, *state_->recommendations);
  if (unknown > 0)
    log_warning(std::to_string(unknown) + " of " + std::to_string(state_->store->size()) +
                " stored events name items that this model does not know");
  return state_->server.start();
}

void Service::stop() { state_->server.stop(); }

}  // namespace genre
