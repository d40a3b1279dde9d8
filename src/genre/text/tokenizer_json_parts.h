// What readers of tokenizer.json and of a GGUF file's tokenizer share: parts that may be absent or null.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "genre/base/error.h"

namespace genre {

// Throws kData: the files of a model contradict themselves.
[[noreturn]] inline void refuse_tokenizer(const std::string& fault) {
  throw Error(ErrorCode::kData, fault, "fetch the model again");
}

inline std::string type_of(const nlohmann::json& part) {
  return part.is_null() ? "none" : part.at("type").get<std::string>();
}

inline bool flag_or(const nlohmann::json& part, const char* key, bool otherwise) {
  const auto found = part.find(key);
  return found == part.end() || found->is_null() ? otherwise : found->get<bool>();
}

}  // namespace genre
