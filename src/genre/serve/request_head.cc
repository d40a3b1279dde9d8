#include "genre/serve/request_head.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>

#include "genre/base/random.h"
#include "genre/serve/problem.h"

namespace genre {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_harmless(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' ||
         c == ':';
}

std::string fresh_id() {
  thread_local RandomStream stream(std::random_device{}() * 0x100000001ULL + std::random_device{}(),
                                   "serve.request_id");
  char out[17];
  std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(stream.next()));
  return out;
}

[[noreturn]] void refuse(int status, const std::string& detail) { throw Problem(status, "bad_request", detail); }

}  // namespace

int RequestHead::count(std::string_view name) const {
  return static_cast<int>(
      std::count_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; }));
}

std::string_view RequestHead::value(std::string_view name) const {
  for (const auto& [field, text] : fields)
    if (field == name) return text;
  return {};
}

void check_framing(const RequestHead& head) {
  if (head.version != 10 && head.version != 11) refuse(400, "wanted HTTP/1.1 or HTTP/1.0");
  const int encodings = head.count("transfer-encoding"), lengths = head.count("content-length");
  if (encodings + lengths > 1) refuse(400, "wanted one Content-Length or Transfer-Encoding, found several");
  if (encodings == 1 && head.version < 11) refuse(400, "Transfer-Encoding needs HTTP/1.1");
  if (encodings == 1 && !equal_ignoring_case(head.value("transfer-encoding"), "chunked"))
    refuse(501, "wanted no Transfer-Encoding but chunked");
  const std::string_view length = head.value("content-length");
  if (lengths == 1 && (length.empty() || !std::all_of(length.begin(), length.end(), is_digit)))
    refuse(400, "wanted Content-Length to be a number");
  if (head.count("host") > 1 || (head.version == 11 && head.count("host") == 0)) refuse(400, "wanted one Host header");
  // A space here is what is left of a folded line, which may have hidden another field.
  if (head.value("host").find_first_of(" \t,") != std::string_view::npos) refuse(400, "wanted a host name in Host");
  if (head.target.size() > kTargetBytes)
    throw Problem(414, "target_too_long",
                  "the request target is longer than " + std::to_string(kTargetBytes) + " bytes");
  if (head.count("expect") > 0 && !equal_ignoring_case(head.value("expect"), "100-continue"))
    refuse(417, "wanted no expectation but 100-continue");
}

std::chrono::steady_clock::time_point deadline_of(const RequestHead& head,
                                                  std::chrono::steady_clock::time_point begin) {
  constexpr int kLongest = 24 * 60 * 60 * 1000;
  const std::string_view text = head.value("x-deadline-ms");
  if (text.empty()) return std::chrono::steady_clock::time_point::max();
  int ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error != std::errc() || end != text.data() + text.size() || ms < 0 || ms > kLongest)
    throw Problem(400, "bad_field", "wanted X-Deadline-Ms to be milliseconds from 0 to " + std::to_string(kLongest), "",
                  "X-Deadline-Ms");
  return begin + std::chrono::milliseconds(ms);
}

std::string request_id_of(const RequestHead& head) {
  const std::string_view given = head.value("x-request-id");
  const bool usable = !given.empty() && given.size() <= 128 && std::all_of(given.begin(), given.end(), is_harmless);
  return usable ? std::string(given) : fresh_id();
}

}  // namespace genre
