// Vectors of words: what is known of a text by the words that it holds, beside what a language model makes of it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/base/safetensors.h"
#include "genre/linalg/matrix.h"
#include "genre/rec/vocabulary.h"

namespace genre {

// Thread-safe once it is made.
class WordVectors {
 public:
  WordVectors() = default;
  WordVectors(std::vector<std::string> words, Matrix vectors);  // F different words, F x D

  bool knows_any(std::string_view text) const;  // whether the text has a word that has a vector
  // vector (D) += the vectors of the different words of a text; words without one add nothing.
  void add(std::string_view text, std::span<float> vector) const;
  // A row for each of these words (N x D), zeros for one without a vector.
  Matrix of(std::span<const std::string> words) const;

  // As `prefix`texts, `prefix`text_offsets and `prefix`vectors; the views live as long as this.
  void save(SafetensorsWriter& out, const std::string& prefix) const;
  // Throws Error(kData) naming the tensor that is missing, does not fit, or is not `width` (D) wide.
  static WordVectors load(const SafetensorsFile& in, const std::string& prefix, std::int64_t width);

 private:
  Vocabulary words_;
  Matrix vectors_;  // F x D
};

}  // namespace genre
