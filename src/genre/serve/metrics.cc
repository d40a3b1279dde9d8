#include "genre/serve/metrics.h"

#include <fmt/format.h>

#include <algorithm>

namespace genre {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
  return out;
}

template <class Number>
void single(std::string& out, std::string_view name, std::string_view type, std::string_view help, Number value) {
  out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
}

}  // namespace

Metrics::Metrics() { add_route("none"); }

void Metrics::add_route(const std::string& route) { series_.emplace(route, std::make_unique<Series>()); }

void Metrics::observe(const std::string& route, int status, double seconds) {
  const auto found = series_.find(route);
  Series& series = *(found == series_.end() ? series_.find("none") : found)->second;
  if (status >= 100 && status < 600) ++series.by_status[static_cast<std::size_t>(status - 100)];
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin();
  ++series.by_time[static_cast<std::size_t>(bound)];
  series.seconds.fetch_add(seconds, std::memory_order_relaxed);
}

std::string Metrics::text(const Facts& facts) const {
  std::string out = "# HELP genre_http_requests_total Answers sent.\n# TYPE genre_http_requests_total counter\n";
  for (const auto& [route, series] : series_)
    for (std::size_t s = 0; s < series->by_status.size(); ++s)
      if (const std::int64_t count = series->by_status[s]; count > 0)
        out +=
            fmt::format("genre_http_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", escaped(route), s + 100, count);
  out +=
      "# HELP genre_http_request_seconds Time from the request's header to its answer.\n# TYPE "
      "genre_http_request_seconds histogram\n";
  for (const auto& [route, series] : series_) {
    std::int64_t total = 0;
    for (const auto& count : series->by_time) total += count;
    if (total == 0) continue;
    const std::string label = escaped(route);
    std::int64_t below = 0;
    for (std::size_t b = 0; b < kBounds.size(); ++b) {
      below += series->by_time[b];
      out += fmt::format("genre_http_request_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n", label, kBounds[b], below);
    }
    // The last bucket is counted again here: it must equal the count even while requests come in.
    below += series->by_time[kBounds.size()];
    out += fmt::format(
        "genre_http_request_seconds_bucket{{route=\"{0}\",le=\"+Inf\"}} {1}\n"
        "genre_http_request_seconds_sum{{route=\"{0}\"}} {2}\ngenre_http_request_seconds_count{{route=\"{0}\"}} {1}\n",
        label, below, series->seconds.load());
  }
  single(out, "genre_http_requests_in_flight", "gauge", "Requests being answered.", requests_in_flight.load());
  single(out, "genre_http_requests_refused_total", "counter", "Requests refused by admission.",
         requests_refused.load());
  single(out, "genre_http_connections", "gauge", "Open connections.", connections.load());
  single(out, "genre_events_accepted_total", "counter", "Events stored since the start.", events_accepted.load());
  single(out, "genre_events_duplicate_total", "counter", "Events whose id was known.", events_duplicate.load());
  single(out, "genre_events_rejected_total", "counter", "Events refused.", events_rejected.load());
  single(out, "genre_events_stored", "gauge", "Events in the store.", facts.events_stored);
  single(out, "genre_store_writable", "gauge", "1 while the store takes events.", facts.store_writable ? 1 : 0);
  single(out, "genre_users", "gauge", "Users with a history.", facts.users);
  single(out, "genre_items", "gauge", "Items of the catalogue.", facts.items);
  out += fmt::format(
      "# HELP genre_model_info The model that answers.\n# TYPE genre_model_info "
      "gauge\ngenre_model_info{{model=\"{}\",digest=\"{}\"}} 1\n",
      escaped(facts.model), escaped(facts.digest));
  return out;
}

}  // namespace genre
