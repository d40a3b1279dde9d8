// Items that say the same in other words or order of words.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace genre {

// For each text the first one that it repeats, or its own number. In order, a text whose set of words W has a Jaccard
// similarity |W ∩ V| / |W ∪ V| of at least `similarity` with the words V of an earlier text that repeats nothing,
// counts as the first such. Words are runs of letters and digits without case and accents; every ideograph and kana is
// one. A text without words repeats nothing.
//
// Exact: two sets that similar share a word among the rarest few of each (prefix filtering: Bayardo, Ma and Srikant,
// Scaling Up All Pairs Similarity Search, WWW 2007), so that only those pairs are compared. Memory: the words.
std::vector<std::int32_t> first_alike(std::span<const std::string> texts, double similarity);

// The words of one text, ascending and without repeats.
std::vector<std::string> words_of(const std::string& text);

}  // namespace genre
