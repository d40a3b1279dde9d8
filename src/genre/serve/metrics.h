// Counters of the service in the Prometheus text format, version 0.0.4.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace genre {

// Thread-safe; counting takes no lock.
class Metrics {
 public:
  // Names a label before the first observe(); "none", for requests without a route, is there already.
  Metrics();
  void add_route(const std::string& route);

  void observe(const std::string& route, int status, double seconds);

  std::atomic<std::int64_t> events_accepted{0}, events_duplicate{0}, events_rejected{0};
  std::atomic<std::int64_t> requests_in_flight{0}, requests_refused{0};  // refused: 503 by admission
  std::atomic<std::int64_t> connections{0};

  struct Facts {  // read at each scrape
    std::string model, digest;
    std::int64_t users = 0, items = 0, events_stored = 0;
    bool store_writable = true;
  };
  std::string text(const Facts& facts) const;

 private:
  static constexpr std::array<double, 14> kBounds = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                                     0.1,    0.2,   0.5,   1,     2,    5,    10};
  struct Series {
    std::array<std::atomic<std::int64_t>, 500> by_status{};  // from 100
    std::array<std::atomic<std::int64_t>, kBounds.size() + 1> by_time{};
    std::atomic<double> seconds{0};
  };
  std::map<std::string, std::unique_ptr<Series>, std::less<>> series_;  // fixed once requests come
};

}  // namespace genre
