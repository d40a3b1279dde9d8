// Failures as RFC 9457 problem documents: {type, title, status, detail, code, hint?, place?, request_id}.
#pragma once

#include <exception>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "genre/base/error.h"
#include "genre/serve/http.h"

namespace genre {

// A request that cannot be answered as asked. `code` is stable, for programs; `detail` and `hint` are for people.
class Problem : public std::exception {
 public:
  Problem(int status_, std::string code_, std::string detail_, std::string hint_ = {}, std::string place_ = {})
      : status(status_),
        code(std::move(code_)),
        detail(std::move(detail_)),
        hint(std::move(hint_)),
        place(std::move(place_)) {}
  const char* what() const noexcept override { return detail.c_str(); }

  int status;
  std::string code, detail, hint;
  std::string place;  // "line 2, column 7", "/events/3/user" (RFC 6901), "?k"
  std::vector<std::pair<std::string, std::string>> headers;
};

// The one table from failures to HTTP statuses.
int http_status(ErrorCode code);
Problem problem_of(const Error& error);
// "Not Found"
std::string_view status_phrase(int status);

nlohmann::ordered_json problem_document(const Problem& problem, std::string_view request_id);
HttpResponse problem_response(const Problem& problem, std::string_view request_id);
// Of the exception in flight: Problem, Error, or anything else, which is a fault of ours: logged, its text not shown.
HttpResponse response_to_exception(std::exception_ptr exception, std::string_view request_id);

}  // namespace genre
