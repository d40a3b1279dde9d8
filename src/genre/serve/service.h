// The recommendation service as a whole: model, events, HTTP.
#pragma once

#include <memory>

#include "genre/engine/recommendation_service.h"
#include "genre/serve/options.h"
#include "genre/store/event_store.h"

namespace genre {

class Service {
 public:
  Service(std::unique_ptr<RecommendationService> service, std::unique_ptr<EventStore> store, ServeOptions options);
  ~Service();

  // Replays the stored events, then listens; the service is ready when this returns the port. Throws as
  // HttpServer::start and EventStore::replay.
  int start();
  // Answers what has arrived, for at most 10 s, and closes. Safe to call twice.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace genre
