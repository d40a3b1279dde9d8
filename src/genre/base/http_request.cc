#include "genre/base/http_request.h"

#include <cassert>
#include <charconv>

#include "genre/base/error.h"
#include "genre/base/process.h"

namespace genre {
namespace {

constexpr std::size_t kMostAnswer = std::size_t{16} << 20;

// A line of curl's configuration: name = "value".
std::string option(std::string_view name, std::string_view value) {
  std::string out = std::string(name) + " = \"";
  for (const char c : value) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    out.push_back(c);
  }
  return out + "\"\n";
}

void refuse_line_breaks(std::string_view text) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
    throw Error(ErrorCode::kUsage, "a header or password of a request has a line break", "check the environment");
}

}  // namespace

HttpAnswer send(const HttpRequest& request) {
  assert(request.body.size() <= kMostRequestBody);
  std::string options = "silent\nshow-error\ngloboff\n" + option("proto", "=http,https") +
                        option("request", request.method) + option("url", request.address) +
                        option("max-time", std::to_string(request.seconds)) + option("write-out", "\n%{http_code}");
  for (const auto& header : request.headers) {
    refuse_line_breaks(header);
    options += option("header", header);
  }
  refuse_line_breaks(request.user);
  if (!request.user.empty()) options += option("user", request.user);
  // A body that starts with @ would be the name of a file.
  if (!request.body.empty()) options += option("data-raw", request.body);
  const ProcessResult result = run_process({"curl", "--disable", "--config", "-"}, options, kMostAnswer);
  if (result.exit_code == 127)
    throw Error(ErrorCode::kDependency, "curl is not installed", "install it with your system's own tool");
  if (result.exit_code != 0) {
    std::string said = result.output.substr(0, 300);
    if (const std::size_t at = result.output.rfind("curl: ("); at != std::string::npos) said = result.output.substr(at);
    throw Error(ErrorCode::kDependency, said.substr(0, said.find('\n')));
  }
  if (result.output.size() == kMostAnswer)
    throw Error(ErrorCode::kDependency, "the answer is longer than " + std::to_string(kMostAnswer) + " bytes");
  const std::size_t end = result.output.rfind('\n');
  HttpAnswer out;
  if (end != std::string::npos) {
    const char* const digits = result.output.data() + end + 1;
    std::from_chars(digits, result.output.data() + result.output.size(), out.status);
    out.body = result.output.substr(0, end);
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

}  // namespace genre
