#include "genre/text/json_integer.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"

namespace genre {

std::int32_t json_integer(const nlohmann::json& value) {
  using Limits = std::numeric_limits<std::int32_t>;
  const bool fits = value.is_number_unsigned()
                        ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(Limits::max())
                        : value.is_number_integer() && value.get<std::int64_t>() >= Limits::min() &&
                              value.get<std::int64_t>() <= Limits::max();
  if (!fits)
    throw Error(ErrorCode::kData,
                value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).substr(0, 40) +
                    " stands where an integer of 32 bits is wanted",
                "fetch the model again");
  return value.get<std::int32_t>();
}

std::int32_t json_integer(const nlohmann::json& object, const char* key, std::int32_t otherwise) {
  const auto found = object.find(key);
  return found == object.end() ? otherwise : json_integer(*found);
}

}  // namespace genre
