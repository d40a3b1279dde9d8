// What makes one vector of a user's history, by name and with options of its own.
#pragma once

#include <vector>

#include "genre/config/fields.h"
#include "genre/rec/reader_plan.h"

namespace genre {

class UserEncoderOptions : public config::NamedOptions {
 public:
  // For vectors of this width, histories of at most this length and this dropout. Throws Error(kConfig) where settings
  // do not go together.
  virtual ReaderPlan reader(std::int64_t width, std::int64_t length, double dropout) const = 0;
};

// mean, attention: a mean of the items, plain or by learnt weights, in any order, then a network
// (neural/pooled_reader.h). gru: gated recurrent units (neural/recurrent_reader.h). transformer:
// neural/transformer_reader.h. hstu: neural/hstu_reader.h.
std::vector<config::Alternative> user_encoders();
std::shared_ptr<UserEncoderOptions> make_user_encoder(const std::string& name);  // one of these

}  // namespace genre
