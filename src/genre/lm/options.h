// The [lm] table of the configuration.
#pragma once

#include <string>

#include "genre/config/fields.h"

namespace genre {

struct LmOptions {
  std::string model = "all-MiniLM-L6-v2";  // catalogue name or folder; "none": no language model
  std::string precision = "fp32";
  std::string adapter;                                      // folder of an adapter beside the weights; or none
  int maximum_tokens = 0;                                   // 0: the model's own limit
  std::string item_prompt = "auto", query_prompt = "auto";  // see prompts.h
  void fields(config::Fields& f);
};

}  // namespace genre
