#include "genre/data/postgresql_url.h"

#include <algorithm>
#include <string_view>

namespace genre {
namespace {

bool secret(std::string_view parameter) {
  const std::string_view name = parameter.substr(0, parameter.find('='));
  return name == "password" || name == "sslpassword";
}

}  // namespace

std::string without_password(const std::string& address) {
  const std::string_view all = address;
  const std::size_t scheme = all.find("://");
  if (!all.starts_with("postgresql://") && !all.starts_with("postgres://")) return address;
  const std::size_t begin = scheme + 3, query = std::min(all.find('?'), all.size());
  std::string out(all.substr(0, begin));
  // The last @, so that a secret which should have had its own @ written as %40 is not shown in part.
  const std::size_t at = all.substr(0, query).rfind('@');
  if (at == std::string_view::npos || at < begin) {
    out += all.substr(begin, query - begin);
  } else {
    const std::string_view user = all.substr(begin, at - begin);
    out += user.substr(0, user.find(':'));
    out += all.substr(at, query - at);
  }
  char before = '?';
  for (std::size_t from = query; from < all.size();) {
    const std::size_t end = std::min(all.find('&', from + 1), all.size());
    const std::string_view parameter = all.substr(from + 1, end - from - 1);
    if (!secret(parameter)) {
      out += before;
      out += parameter;
      before = '&';
    }
    from = end;
  }
  return out;
}

}  // namespace genre
