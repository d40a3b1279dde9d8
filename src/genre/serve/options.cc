#include "genre/serve/options.h"

namespace genre {

void ServeOptions::fields(config::Fields& f) {
  using config::InDigest;
  f.text("address", address, "address to listen on; only a loopback one until API keys exist", InDigest::kNo);
  f.integer("port", port, {.minimum = 0, .maximum = 65535}, "port to listen on; 0: any free one", InDigest::kNo);
  f.integer("threads", threads, {.minimum = 0, .maximum = 1024}, "threads that answer requests; 0: one a core",
            InDigest::kNo);
  f.text("store", store, "SQLite file of events; empty: events.sqlite in the run folder", InDigest::kNo);
  f.integer("body_limit_kib", body_limit_kib, {.minimum = 1, .maximum = 65536}, "largest request body in KiB",
            InDigest::kNo);
  f.integer("queue_limit", queue_limit, {.minimum = 1, .maximum = 1000000},
            "requests being answered beyond which new ones get 503", InDigest::kNo);
  f.integer("idle_seconds", idle_seconds, {.minimum = 1, .maximum = 3600},
            "seconds a client may take to send a request", InDigest::kNo);
}

}  // namespace genre
