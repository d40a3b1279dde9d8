// The OpenAPI 3.1 document of a table of routes.
#pragma once

#include <span>
#include <string>

#include "genre/serve/router.h"

namespace genre {

std::string openapi_document(std::span<const Route> routes);

}  // namespace genre
