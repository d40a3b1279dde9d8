#include "genre/optim/parameter_groups.h"

#include <fnmatch.h>

#include <algorithm>

#include "genre/base/error.h"

namespace genre {
namespace {

bool matches(const std::string& pattern, const std::string& name) {
  return fnmatch(pattern.c_str(), name.c_str(), /*flags=*/0) == 0;
}

}  // namespace

void ParameterGroupOptions::fields(config::Fields& f) {
  f.texts("parameters", parameters,
          "patterns of names, as the shell reads them: * stands for anything, ? for one character; a parameter is of "
          "the first "
          "group that has it");
  f.number("learning_rate", learning_rate, {.minimum = 0}, "in place of the optimizer's; absent: that");
  f.number("weight_decay", weight_decay, {.minimum = 0, .maximum = 1},
           "in place of the optimizer's; never of norms and biases; absent: that");
}

ParameterGroupOptions group_of(std::span<const ParameterGroupOptions> groups, const std::string& name) {
  for (const ParameterGroupOptions& group : groups)
    if (std::ranges::any_of(group.parameters, [&](const auto& pattern) { return matches(pattern, name); }))
      return group;
  return {};
}

void expect_named(std::span<const ParameterGroupOptions> groups, std::span<const std::string> names) {
  constexpr std::size_t kShown = 3;
  for (const ParameterGroupOptions& group : groups)
    for (const std::string& pattern : group.parameters) {
      if (std::ranges::any_of(names, [&](const auto& name) { return matches(pattern, name); })) continue;
      std::string some;  // the last ones: heads and adapters
      for (std::size_t i = names.size() - std::min(kShown, names.size()); i < names.size(); ++i)
        some += (some.empty() ? "" : ", ") + names[i];
      throw Error(ErrorCode::kConfig, "no parameter that is trained is named '" + pattern + "'",
                  "* stands for anything; some are " + some, {.key = "optimizer.groups"});
    }
}

}  // namespace genre
