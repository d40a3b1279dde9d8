// The error that a call throws, to look at its parts.
#pragma once

#include <functional>

#include "genre/base/error.h"

namespace genre {

// An error with code kRuntime and the text "no error" where nothing is thrown.
inline Error error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& e) {
    return e;
  }
  return {ErrorCode::kRuntime, "no error"};
}

}  // namespace genre
