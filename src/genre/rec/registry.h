// Every recommender by name. To add one: write its files, add one line to registry.cc; the contract suite, the
// configuration reference, `genre models` and the tuner find it there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "genre/rec/recommender.h"

namespace genre {

struct RecommenderType {
  std::string name;
  std::string family;  // baseline, neighbourhood, graph, linear, factor, content, hybrid, neural, sequence,
                       // language model, combination
  std::string doc;     // one line, with the paper
  std::shared_ptr<RecommenderOptions> (*make)();  // options with defaults
};

const std::vector<RecommenderType>& recommender_types();

// The same list, to be passed by name to config::Fields::named.
std::vector<config::Alternative> recommender_alternatives();

// What was chosen among them.
RecommenderOptions& recommender_options(const std::shared_ptr<config::NamedOptions>& chosen);

// Throws Error(kConfig) with the nearest name.
std::shared_ptr<RecommenderOptions> make_recommender_options(const std::string& name);

}  // namespace genre
