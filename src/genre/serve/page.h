// The web page, compiled into the program from the folder web/.
#pragma once

#include <span>
#include <string_view>

namespace genre {

struct PageFile {
  std::string_view path;  // "/", "/app.js"
  std::string_view content_type;
  std::string_view bytes;
};
std::span<const PageFile> page_files();

// Scripts, styles and requests come from this server alone; nothing inline, no frames, no other network.
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri "
    "'none'; "
    "form-action 'none'; frame-ancestors 'none'";

}  // namespace genre
