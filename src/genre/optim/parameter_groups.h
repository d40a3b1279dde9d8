// Parameters that learn by a rate or a weight decay of their own, chosen by name.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "genre/config/fields.h"

namespace genre {

struct ParameterGroupOptions {
  std::vector<std::string> parameters;  // patterns of names, as of fnmatch(3): "classifier.*"
  std::optional<double> learning_rate;  // in place of the optimizer's; schedule and layer_decay multiply it likewise
  std::optional<double> weight_decay;   // in place of the optimizer's; norms and biases have none all the same
  void fields(config::Fields& f);
};

// The first group that has the name, or one that changes nothing.
ParameterGroupOptions group_of(std::span<const ParameterGroupOptions> groups, const std::string& name);

// Throws Error(kConfig) for a pattern that is none of the names, saying some of them.
void expect_named(std::span<const ParameterGroupOptions> groups, std::span<const std::string> names);

}  // namespace genre
