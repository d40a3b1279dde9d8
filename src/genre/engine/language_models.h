// The language models that recommenders ask, opened from the catalogue or from folders.
#pragma once

#include "genre/rec/language_models.h"

namespace genre {

// One object for the process: a model that several ask for is in memory once, as long as one of them lives.
std::shared_ptr<const LanguageModels> language_models();

}  // namespace genre
