// [data] options of a piece of TOML, for tests; every fault is a failure of the test.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "genre/config/fields.h"
#include "genre/config/toml.h"
#include "genre/data/options.h"

namespace genre {

inline DataOptions data_options(const std::string& toml) {
  DataOptions out;
  config::Fields f;
  f.table("data", out, "");
  std::vector<config::Fault> faults;
  f.load(config::parse_toml(toml, "test.toml"), "", faults);
  for (const auto& fault : faults) ADD_FAILURE() << fault.message;
  return out;
}

}  // namespace genre
