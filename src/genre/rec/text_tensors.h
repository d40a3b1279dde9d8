// Texts, and the language models that a recommender asks, in a model's file.
#pragma once

#include <string>

#include "genre/base/safetensors.h"
#include "genre/rec/language_models.h"

namespace genre {

// The bytes of a text as the tensor `name`, U8; the view lives as long as the text.
void add_text(SafetensorsWriter& out, const std::string& name, const std::string& text);
// Throws Error(kData) naming the tensor that is missing or of another form.
std::string read_text(const SafetensorsFile& in, const std::string& name);

// The name and the id of a language model, as the texts `name` and `name`_id.
void add_opened_model(SafetensorsWriter& out, const std::string& name, const OpenedModel& model);
// Throws Error(kData) unless `model`, which `what` calls, is the one of the file.
void require_same_model(const SafetensorsFile& in, const std::string& name, std::string_view what,
                        const OpenedModel& model);

}  // namespace genre
