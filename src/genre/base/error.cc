#include "genre/base/error.h"

namespace genre {
namespace {

std::string with_place(const std::string& message, const Place& place) {
  if (place.file.empty()) return message;
  std::string out = message + " at " + place.file;
  if (place.line > 0) out += ":" + std::to_string(place.line);
  return out;
}

}  // namespace

Error::Error(ErrorCode code, std::string message, std::string hint, Place place)
    : std::runtime_error(with_place(message, place)),
      code_(code),
      message_(std::move(message)),
      hint_(std::move(hint)),
      place_(std::move(place)) {}

int exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kRuntime:
      return 1;
    case ErrorCode::kUsage:
      return 2;
    case ErrorCode::kConfig:
      return 3;
    case ErrorCode::kData:
      return 4;
    case ErrorCode::kNotFound:
      return 5;
    case ErrorCode::kDependency:
      return 6;
    case ErrorCode::kResources:
      return 7;
    case ErrorCode::kCheckFailed:
      return 8;
    case ErrorCode::kInterrupted:
      return 130;
  }
  return 1;
}

std::string_view error_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kRuntime:
      return "runtime";
    case ErrorCode::kUsage:
      return "usage";
    case ErrorCode::kConfig:
      return "config";
    case ErrorCode::kData:
      return "data";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kDependency:
      return "dependency";
    case ErrorCode::kResources:
      return "resources";
    case ErrorCode::kCheckFailed:
      return "check_failed";
    case ErrorCode::kInterrupted:
      return "interrupted";
  }
  return "runtime";
}

}  // namespace genre
