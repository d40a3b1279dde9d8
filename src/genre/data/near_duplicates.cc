#include "genre/data/near_duplicates.h"

#include <utf8proc.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <unordered_map>

namespace genre {
namespace {

constexpr double kRounding = 1e-9;  // of similarity times a number of words

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

bool part_of_word(std::int32_t point) {
  const auto category = utf8proc_category(point);
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
         (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_NO);
}

bool word_by_itself(std::int32_t point) {
  return (point >= 0x3040 && point <= 0x30FF) || (point >= 0x3400 && point <= 0x9FFF) ||
         (point >= 0xF900 && point <= 0xFAFF) || (point >= 0x20000 && point <= 0x3FFFF);
}

// Sets of words as numbers, the rarest word first.
std::vector<std::vector<std::int32_t>> numbered_words(std::span<const std::string> texts) {
  std::unordered_map<std::string, std::int32_t> numbers;
  std::vector<std::int64_t> count;
  std::vector<std::vector<std::int32_t>> sets;
  sets.reserve(texts.size());
  for (const auto& text : texts) {
    auto& set = sets.emplace_back();
    for (auto& word : words_of(text)) {
      const auto [at, fresh] = numbers.try_emplace(std::move(word), static_cast<std::int32_t>(count.size()));
      if (fresh) count.push_back(0);
      ++count[at->second];
      set.push_back(at->second);
    }
  }
  std::vector<std::int32_t> by_rarity(count.size()), rank(count.size());
  std::iota(by_rarity.begin(), by_rarity.end(), 0);
  std::stable_sort(by_rarity.begin(), by_rarity.end(), [&](auto a, auto b) { return count[a] < count[b]; });
  for (std::size_t i = 0; i < by_rarity.size(); ++i) rank[by_rarity[i]] = static_cast<std::int32_t>(i);
  for (auto& set : sets) {
    for (auto& word : set) word = rank[word];
    std::sort(set.begin(), set.end());
  }
  return sets;
}

double jaccard(const std::vector<std::int32_t>& a, const std::vector<std::int32_t>& b) {
  std::size_t both = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j])
      ++both, ++i, ++j;
    else if (a[i] < b[j])
      ++i;
    else
      ++j;
  }
  return static_cast<double>(both) / static_cast<double>(a.size() + b.size() - both);
}

}  // namespace

std::vector<std::string> words_of(const std::string& text) {
  constexpr auto kForm = static_cast<utf8proc_option_t>(UTF8PROC_CASEFOLD | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                                        UTF8PROC_STABLE | UTF8PROC_STRIPMARK);
  std::uint8_t* mapped = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const std::uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &mapped, kForm);
  const std::unique_ptr<std::uint8_t, Free> owner(mapped);
  std::vector<std::string> out;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) out.push_back(std::move(word));
    word.clear();
  };
  for (utf8proc_ssize_t at = 0; at < length;) {
    std::int32_t point = 0;
    const auto bytes = utf8proc_iterate(mapped + at, length - at, &point);
    if (bytes <= 0) break;
    if (!part_of_word(point) || word_by_itself(point)) end_word();
    if (part_of_word(point)) word.append(reinterpret_cast<const char*>(mapped + at), static_cast<std::size_t>(bytes));
    if (word_by_itself(point)) end_word();
    at += bytes;
  }
  end_word();
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::int32_t> first_alike(std::span<const std::string> texts, double similarity) {
  const auto sets = numbered_words(texts);
  std::vector<std::int32_t> out(texts.size());
  std::iota(out.begin(), out.end(), 0);
  std::unordered_map<std::int32_t, std::vector<std::int32_t>> with_word;  // texts that repeat nothing, by rare words
  for (std::size_t i = 0; i < sets.size(); ++i) {
    const auto& set = sets[i];
    if (set.empty()) continue;
    const auto size = static_cast<double>(set.size());
    const auto prefix = set.size() - static_cast<std::size_t>(std::ceil(similarity * size - kRounding)) + 1;
    std::int32_t& first = out[i];
    for (std::size_t word = 0; word < prefix; ++word) {
      const auto found = with_word.find(set[word]);
      if (found == with_word.end()) continue;
      for (const std::int32_t other : found->second) {
        if (other >= first) break;  // ascending
        const auto other_size = static_cast<double>(sets[other].size());
        if (std::min(size, other_size) < similarity * std::max(size, other_size) - kRounding) continue;
        if (jaccard(set, sets[other]) >= similarity - kRounding) first = other;
      }
    }
    if (first != static_cast<std::int32_t>(i)) continue;
    for (std::size_t word = 0; word < prefix; ++word) with_word[set[word]].push_back(first);
  }
  return out;
}

}  // namespace genre
