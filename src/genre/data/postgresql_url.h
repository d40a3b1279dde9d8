// Addresses of databases, shown without their secrets.
#pragma once

#include <string>

namespace genre {

// "postgresql://me:secret@host:5432/shop?sslpassword=x" as "postgresql://me@host:5432/shop"; other text as it is. What
// is shown, logged and written into runs is this; the address itself goes to the server only.
std::string without_password(const std::string& address);

}  // namespace genre
