#include "genre/rec/word_vectors.h"

#include <algorithm>
#include <utility>

#include "genre/linalg/gemm.h"
#include "genre/rec/tensors.h"

namespace genre {

WordVectors::WordVectors(std::vector<std::string> words, Matrix vectors)
    : words_(std::move(words)), vectors_(std::move(vectors)) {}

bool WordVectors::knows_any(std::string_view text) const { return !words_.numbers(text).empty(); }

void WordVectors::add(std::string_view text, std::span<float> vector) const {
  std::vector<std::int32_t> numbers = words_.numbers(text);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  for (const std::int32_t number : numbers)
    add_scaled(1, vectors_.row(number).data(), vector.data(), std::ssize(vector));
}

Matrix WordVectors::of(std::span<const std::string> words) const {
  Matrix out(std::ssize(words), vectors_.cols());
  for (std::size_t w = 0; w < words.size(); ++w)
    if (const auto number = words_.find(words[w]))
      std::ranges::copy(vectors_.row(*number), out.row(static_cast<std::int64_t>(w)).data());
  return out;
}

void WordVectors::save(SafetensorsWriter& out, const std::string& prefix) const {
  words_.save(out, prefix);
  out.add(prefix + "vectors", vectors_.values(), {vectors_.rows(), vectors_.cols()});
}

WordVectors WordVectors::load(const SafetensorsFile& in, const std::string& prefix, std::int64_t width) {
  WordVectors out;
  out.words_ = Vocabulary::load(in, prefix);
  out.vectors_ = read_matrix(in, prefix + "vectors");
  if (out.vectors_.rows() != out.words_.size() || out.vectors_.cols() != width)
    bad_tensor(in, prefix + "vectors", "does not fit the words and the width of the items");
  return out;
}

}  // namespace genre
