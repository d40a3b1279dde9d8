// Integers of tokenizer files, whose numbers anybody can write.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace genre {

// Throws Error(kData) for what is no integer of 32 bits, such as 3.5, 4e34 or a text.
std::int32_t json_integer(const nlohmann::json& value);
// The same of a member of an object, or `otherwise` where it is missing.
std::int32_t json_integer(const nlohmann::json& object, const char* key, std::int32_t otherwise);

}  // namespace genre
