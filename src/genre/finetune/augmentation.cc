#include "genre/finetune/augmentation.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <vector>

#include "genre/finetune/translation.h"

namespace genre {
namespace {

// A synonym in place of the letters of a word, which may have punctuation around them.
void replace_by_synonym(std::string& word, const Synonyms& synonyms, RandomStream& random) {
  const auto letter = [](unsigned char c) { return std::isalpha(c) != 0; };
  const auto first = std::ranges::find_if(word, letter);
  const auto last = std::find_if_not(first, word.end(), letter);
  std::string core(first, last);
  const bool capital = !core.empty() && std::isupper(static_cast<unsigned char>(core.front())) != 0;
  std::ranges::transform(core, core.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto others = synonyms.of(core);
  if (others.empty()) return;
  std::string other = others[random.below(others.size())];
  if (capital) other.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(other.front())));
  word.replace(first, last, other);
}

// Where a run of a share of `count` parts begins and ends, by chance; at least one part.
std::pair<std::ptrdiff_t, std::ptrdiff_t> run_of(double share, std::size_t count, RandomStream& random) {
  const auto length = std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(count) + 0.5));
  const auto first = static_cast<std::ptrdiff_t>(random.below(count - length + 1));
  return {first, first + static_cast<std::ptrdiff_t>(length)};
}

void substitute(std::string& part, const PartNeighbours& neighbours, RandomStream& random) {
  const auto others = neighbours.of(part);
  if (!others.empty()) part = others[random.below(others.size())];
}

// A copy of training example `i` with another text, unless there is such a text.
void add_variation(Examples& examples, std::int64_t i, std::string text, std::set<std::string>& known) {
  if (!known.insert(text).second) return;
  examples.texts.push_back(std::move(text));
  examples.labels.push_back(examples.labels[i]);
  examples.parts.push_back(Part::kTrain);
  if (!examples.weights.empty()) examples.weights.push_back(examples.weights[i]);
  if (!examples.others.empty()) examples.others.push_back(examples.others[i]);
}

}  // namespace

std::string varied(std::string_view text, const AugmentationOptions& options, const VariationSources& sources,
                   RandomStream& random) {
  std::vector<std::string> parts = parts_of(text, options.separator);
  if (parts.empty()) return std::string(text);
  if (options.crop < 1) {
    const auto [first, end] = run_of(options.crop, parts.size(), random);
    parts = {parts.begin() + first, parts.begin() + end};
  }
  const auto with_chance = [&](double chance, const auto& change) {
    if (chance == 0) return;
    for (std::string& part : parts)
      if (random.uniform() < chance) change(part);
  };
  with_chance(options.substitute, [&](std::string& part) { substitute(part, *sources.neighbours, random); });
  with_chance(options.synonyms, [&](std::string& part) { replace_by_synonym(part, *sources.synonyms, random); });
  with_chance(options.mask, [&](std::string& part) { part = options.mask_text; });
  if (options.reorder > 0) {
    const auto [first, end] = run_of(options.reorder, parts.size(), random);
    random.shuffle(std::span(parts.begin() + first, parts.begin() + end));
  }
  const auto swaps = static_cast<std::size_t>(options.swap * static_cast<double>(parts.size()) + random.uniform());
  for (std::size_t i = 0; i < swaps; ++i)
    std::swap(parts[random.below(parts.size())], parts[random.below(parts.size())]);
  std::vector<std::string> kept;
  for (const std::string& part : parts)
    if (random.uniform() >= options.deletion) kept.push_back(part);
  if (kept.empty()) kept.push_back(parts[random.below(parts.size())]);
  std::string out;
  for (const std::string& part : kept) out += (out.empty() ? "" : options.separator) + part;
  return out;
}

void augment(Examples& examples, const AugmentationOptions& options, std::uint64_t seed) {
  if (options.copies == 0 && options.translate.empty()) return;
  std::set<std::string> known(examples.texts.begin(), examples.texts.end());
  const std::vector<std::int64_t> train = examples.of(Part::kTrain);
  std::vector<std::string> texts;
  for (const std::int64_t i : train) texts.push_back(examples.texts[i]);
  std::optional<Synonyms> synonyms;
  std::optional<PartNeighbours> neighbours;
  if (options.copies > 0 && options.synonyms > 0) synonyms.emplace(options.wordnet);
  if (options.copies > 0 && options.substitute > 0) neighbours.emplace(texts, options.separator);
  const VariationSources sources{synonyms ? &*synonyms : nullptr, neighbours ? &*neighbours : nullptr};
  for (const std::int64_t i : train) {
    RandomStream random(seed, "variations of " + examples.texts[i]);
    for (int copy = 0; copy < options.copies; ++copy)
      add_variation(examples, i, varied(examples.texts[i], options, sources, random), known);
  }
  if (options.translate.empty()) return;
  std::vector<std::string> others = translated(texts, options.translate);
  for (std::size_t i = 0; i < train.size(); ++i)
    if (!others[i].empty()) add_variation(examples, train[i], std::move(others[i]), known);
}

}  // namespace genre
