// The head of a request, checked beyond what the HTTP parser checks.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace genre {

inline constexpr int kTargetBytes = 8192, kHeaderBytes = 32768;

struct RequestHead {
  int version = 11;  // 10 or 11
  std::string target;
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case, in order

  int count(std::string_view name) const;
  std::string_view value(std::string_view name) const;  // of the first; "" where absent
};

// Throws Problem for a message whose length two programs could read differently (RFC 9112, section 6.3; request
// smuggling), a missing or strange Host, a target that is too long, or an expectation other than 100-continue.
void check_framing(const RequestHead& head);

// When X-Deadline-Ms, counted from `begin`, has passed; never where it is absent. Throws Problem where it is malformed.
std::chrono::steady_clock::time_point deadline_of(const RequestHead& head, std::chrono::steady_clock::time_point begin);

// X-Request-Id where it is harmless in logs and answers, else a new one.
std::string request_id_of(const RequestHead& head);

}  // namespace genre
