#include "genre/finetune/examples.h"

#include <algorithm>
#include <charconv>
#include <compare>
#include <map>
#include <optional>
#include <set>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/data/source_rows.h"

namespace genre {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

struct RawExample {
  std::string text, label;
  std::optional<Part> part;
  auto operator<=>(const RawExample&) const = default;
};

std::optional<Part> named_part(const std::string& name) {
  for (int p = 0; p < kParts; ++p)
    if (name == kPartNames[p]) return static_cast<Part>(p);
  return {};
}

config::ColumnRef column_of(const ExampleSourceOptions& source, const char* role) {
  const auto found = source.columns.find(role);
  return found == source.columns.end() ? config::ColumnRef{.index = {}, .name = role} : found->second;
}

void read_source(const ExampleSourceOptions& source, const std::filesystem::path& base_folder,
                 std::vector<RawExample>& out, LabelledTexts& counts) {
  const ColumnRequest request{.wanted = {{"text", column_of(source, "text")}, {"label", column_of(source, "label")}}};
  const std::optional<Part> part = named_part(source.part);
  for (const auto& file : source_files(source, base_folder)) {
    read_rows(file, source, request, [&](const SourceRow& row) {
      const auto cell = [&](std::size_t role) {
        return row.fault.empty() && role < row.cells.size() ? trimmed(row.cells[role].value_or("")) : "";
      };
      const std::string_view text = cell(0), label = cell(1);
      if (text.empty() || label.empty())
        ++counts.unreadable;
      else
        out.push_back({std::string(text), std::string(label), part});
    });
  }
}

// Labels that are all integers are ordered as such: 2 before 10.
std::vector<std::string> label_names(const std::vector<RawExample>& examples) {
  std::set<std::string> distinct;
  for (const auto& one : examples) distinct.insert(one.label);
  std::vector<std::string> names(distinct.begin(), distinct.end());
  const auto number = [](const std::string& name) -> std::optional<long long> {
    long long value = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
    return error == std::errc() && end == name.data() + name.size() ? std::optional(value) : std::nullopt;
  };
  if (std::ranges::all_of(names, [&](const auto& name) { return number(name).has_value(); }))
    std::ranges::stable_sort(names, {}, [&](const auto& name) { return *number(name); });
  return names;
}

// Deals `texts` of one label out to the parts.
void deal(std::vector<std::string> texts, const FinetuneOptions& options, RandomStream& random,
          std::map<std::string, Part>& part_of) {
  random.shuffle(std::span(texts));
  const auto count = static_cast<double>(texts.size());
  std::size_t first_test = 0, tests = 0;
  if (options.folds > 0) {
    const auto bound = [&](int fold) { return texts.size() * static_cast<std::size_t>(fold) / options.folds; };
    first_test = bound(options.fold);
    tests = bound(options.fold + 1) - first_test;
  } else {
    const double sum = options.ratio[0] + options.ratio[1] + options.ratio[2];
    tests = static_cast<std::size_t>(count * options.ratio[2] / sum + 0.5);
    first_test = texts.size() - tests;
  }
  const double rest = options.ratio[0] + options.ratio[1];
  const auto valids =
      static_cast<std::size_t>(static_cast<double>(texts.size() - tests) * options.ratio[1] / rest + 0.5);
  std::size_t others = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const bool test = i >= first_test && i < first_test + tests;
    part_of.emplace(texts[i], test ? Part::kTest : others < valids ? Part::kValid : Part::kTrain);
    others += test ? 0 : 1;
  }
}

}  // namespace

std::vector<std::int64_t> LabelledTexts::of(Part part) const {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i] == part) out.push_back(static_cast<std::int64_t>(i));
  return out;
}

LabelledTexts read_examples(const FinetuneConfig& config) {
  LabelledTexts out;
  std::vector<RawExample> raw;
  for (const auto& source : config.finetune.examples) read_source(source, config.base_folder, raw, out);
  const std::string file = config.finetune.examples.front().path;
  if (raw.empty())
    throw Error(ErrorCode::kData, "no row has both a text and a label", "check the columns text and label",
                {.file = file, .key = "finetune.examples"});
  // Sorted, so that the order of rows and files changes nothing.
  const std::size_t rows = raw.size();
  std::ranges::sort(raw);
  raw.erase(std::unique(raw.begin(), raw.end()), raw.end());
  out.duplicates = static_cast<std::int64_t>(rows - raw.size());
  out.names = label_names(raw);
  if (out.names.size() < 2)
    throw Error(ErrorCode::kData, "every example has the label '" + out.names.front() + "'",
                "give examples of at least two labels", {.file = file, .key = "finetune.examples"});

  std::map<std::string, std::int32_t> number;
  for (const auto& name : out.names) number.emplace(name, static_cast<std::int32_t>(number.size()));
  std::map<std::string, std::vector<std::string>> undealt;  // texts by their (first) label
  std::map<std::string, Part> part_of;
  for (const auto& one : raw)
    if (!one.part && part_of.emplace(one.text, Part::kTrain).second) undealt[one.label].push_back(one.text);
  part_of.clear();
  for (auto& [label, texts] : undealt) {
    RandomStream random(static_cast<std::uint64_t>(config.seed), "examples of " + label);
    deal(std::move(texts), config.finetune, random, part_of);
  }
  std::set<std::int32_t> trained;
  for (auto& one : raw) {
    const Part part = one.part ? *one.part : part_of.at(one.text);
    const std::int32_t label = number.at(one.label);
    if (part == Part::kTrain) trained.insert(label);
    out.texts.push_back(std::move(one.text));
    out.labels.push_back(label);
    out.parts.push_back(part);
  }
  if (trained.empty())
    throw Error(ErrorCode::kData, "the training part has no example", "check finetune.ratio and the sources' part",
                {.file = file, .key = "finetune.ratio"});
  for (std::size_t label = 0; label < out.names.size(); ++label)
    if (!trained.contains(static_cast<std::int32_t>(label)))
      throw Error(ErrorCode::kData, "the label '" + out.names[label] + "' has no example in the training part",
                  "add examples of it, or correct the label", {.file = file, .key = "finetune.examples"});
  return out;
}

}  // namespace genre
