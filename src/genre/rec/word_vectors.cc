#include "genre/rec/word_vectors.h"

#include <algorithm>
#include <utility>

#include "genre/linalg/gemm.h"
#include "genre/rec/tensors.h"
#include "genre/rec/words.h"

namespace genre {

WordVectors::WordVectors(std::vector<std::string> words, Matrix vectors) : words_(words), vectors_(std::move(vectors)) {
  for (std::string& word : words) {
    const auto number = static_cast<std::int32_t>(numbers_.size());
    numbers_.emplace(std::move(word), number);
  }
}

std::vector<std::int32_t> WordVectors::numbers(std::string_view text) const {
  std::vector<std::int32_t> out;
  for (const std::string& word : genre::words(text))
    if (const auto found = numbers_.find(word); found != numbers_.end()) out.push_back(found->second);
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool WordVectors::knows_any(std::string_view text) const { return !numbers(text).empty(); }

void WordVectors::add(std::string_view text, std::span<float> vector) const {
  for (const std::int32_t number : numbers(text))
    add_scaled(1, vectors_.row(number).data(), vector.data(), std::ssize(vector));
}

Matrix WordVectors::of(std::span<const std::string> words) const {
  Matrix out(std::ssize(words), vectors_.cols());
  for (std::size_t w = 0; w < words.size(); ++w)
    if (const auto found = numbers_.find(words[w]); found != numbers_.end())
      std::ranges::copy(vectors_.row(found->second), out.row(static_cast<std::int64_t>(w)).data());
  return out;
}

void WordVectors::save(SafetensorsWriter& out, const std::string& prefix) const {
  words_.save(out, prefix);
  out.add(prefix + "vectors", vectors_.values(), {vectors_.rows(), vectors_.cols()});
}

WordVectors WordVectors::load(const SafetensorsFile& in, const std::string& prefix, std::int64_t width) {
  const ItemTexts texts = ItemTexts::load(in, prefix);
  Matrix vectors = read_matrix(in, prefix + "vectors");
  if (vectors.rows() != texts.size() || vectors.cols() != width)
    bad_tensor(in, prefix + "vectors", "does not fit the words and the width of the items");
  std::vector<std::string> words;
  for (std::int32_t w = 0; w < texts.size(); ++w) words.emplace_back(texts.of(w));
  return {std::move(words), std::move(vectors)};
}

}  // namespace genre
