#include "genre/serve/problem.h"

#include <nlohmann/json.hpp>

#include "genre/base/log.h"

namespace genre {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kCheckFailed:
      return 422;
    case ErrorCode::kDependency:
      return 503;
    case ErrorCode::kInterrupted:
      return 503;
    case ErrorCode::kResources:
      return 507;
    case ErrorCode::kConfig:
    case ErrorCode::kData:
    case ErrorCode::kRuntime:
      return 500;
  }
  return 500;
}

Problem problem_of(const Error& error) {
  // Files and lines are the server's own affair; only a parameter's name goes out.
  return Problem(http_status(error.code()), std::string(error_name(error.code())), error.message(), error.hint(),
                 error.place().key);
}

std::string_view status_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

nlohmann::ordered_json problem_document(const Problem& problem, std::string_view request_id) {
  nlohmann::ordered_json out = {{"type", "about:blank"},
                                {"title", status_phrase(problem.status)},
                                {"status", problem.status},
                                {"detail", problem.detail},
                                {"code", problem.code}};
  if (!problem.hint.empty()) out["hint"] = problem.hint;
  if (!problem.place.empty()) out["place"] = problem.place;
  out["request_id"] = request_id;
  return out;
}

HttpResponse problem_response(const Problem& problem, std::string_view request_id) {
  return {.status = problem.status,
          .content_type = "application/problem+json",
          .body = problem_document(problem, request_id).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
          .headers = problem.headers};
}

HttpResponse response_to_exception(std::exception_ptr exception, std::string_view request_id) {
  try {
    std::rethrow_exception(exception);
  } catch (const Problem& problem) {
    return problem_response(problem, request_id);
  } catch (const Error& error) {
    const int status = http_status(error.code());
    if (status >= 500) log_error("request " + std::string(request_id) + ": " + error.what());
    return problem_response(problem_of(error), request_id);
  } catch (const std::exception& error) {
    log_error("request " + std::string(request_id) + ": " + error.what());
  } catch (...) {
    log_error("request " + std::string(request_id) + ": unknown exception");
  }
  return problem_response(
      Problem(500, "internal", "the service failed to answer", "the log has more under this request_id"), request_id);
}

}  // namespace genre
