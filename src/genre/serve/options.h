// The [serve] table of the configuration.
#pragma once

#include <string>

#include "genre/config/fields.h"

namespace genre {

struct ServeOptions {
  std::string address = "127.0.0.1";  // other than loopback is refused until keys exist
  int port = 8080;                    // 0: any free one
  int threads = 0;                    // 0: one io_context a core
  std::string store;                  // SQLite file; "": RUN/events.sqlite
  int body_limit_kib = 8192;
  int queue_limit = 1024;  // requests waiting beyond which new ones are answered 503 with Retry-After
  int idle_seconds = 30;   // a connection that sends nothing is closed
  void fields(config::Fields& f);
};

}  // namespace genre
