#include "genre/finetune/examples.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <compare>
#include <map>
#include <optional>
#include <set>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/data/source_rows.h"
#include "genre/finetune/augmentation.h"

namespace genre {
namespace {

constexpr std::string_view kUnlabelled = "unlabelled";  // no part of a training

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

struct RawExample {
  std::string text, other, label, time;
  std::optional<Part> part;
  double weight = 1;
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
                 const ExampleColumns& columns, std::vector<RawExample>& out, Examples& counts) {
  using Need = ExampleColumns::Need;
  ColumnRequest request;
  const auto want = [&](const char* role, Need need) {
    if (need == Need::kNone) return;
    request.wanted.push_back({role, column_of(source, role), need == Need::kRequired});
  };
  want("text", Need::kRequired);
  want("other", columns.other);
  want("label", columns.label);
  want("time", columns.time);
  const std::optional<Part> part = named_part(source.part);
  for (const auto& file : source_files(source, base_folder)) {
    read_rows(file, source, request, [&](const SourceRow& row) {
      const auto cell = [&](std::string_view role) -> std::string {
        if (!row.fault.empty()) return "";
        for (std::size_t i = 0; i < row.roles.size() && i < row.cells.size(); ++i)
          if (row.roles[i] == role) return std::string(trimmed(row.cells[i].value_or("")));
        return "";
      };
      RawExample one{cell("text"), cell("other"), cell("label"), cell("time"), part, source.weight};
      if (one.text.empty() || (columns.other == Need::kRequired && one.other.empty()) ||
          (columns.label == Need::kRequired && one.label.empty()) ||
          (columns.time == Need::kRequired && one.time.empty()))
        ++counts.unreadable;
      else
        out.push_back(std::move(one));
    });
  }
}

// Names that are all integers are ordered as such: 2 before 10.
std::vector<std::string> in_order(const std::set<std::string>& distinct) {
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

LabelNumbers numbered(const Examples& examples, const std::vector<std::vector<std::string>>& labels, std::size_t fewest,
                      const std::vector<std::string>& known) {
  std::set<std::string> distinct(known.begin(), known.end()), trained = distinct;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (const auto& name : labels[i])
      if (distinct.insert(name).second && !known.empty())
        throw Error(ErrorCode::kData, "the label '" + name + "' is none of those that there are",
                    "add it to them, or correct it", {.file = examples.file, .key = "finetune.labels"});
    if (examples.parts[i] == Part::kTrain) trained.insert(labels[i].begin(), labels[i].end());
  }
  if (distinct.size() < fewest)
    throw Error(ErrorCode::kData,
                distinct.empty() ? "no example has a label" : "every example has the label '" + *distinct.begin() + "'",
                "give examples of at least " + std::string(fewest == 1 ? "one label" : "two labels"),
                {.file = examples.file, .key = "finetune.examples"});
  for (const auto& name : distinct)
    if (!trained.contains(name))
      throw Error(ErrorCode::kData, "the label '" + name + "' has no example in the training part",
                  "add examples of it, or correct the label", {.file = examples.file, .key = "finetune.examples"});
  LabelNumbers out{.names = in_order(distinct), .labels = {}};
  std::map<std::string, std::int32_t> number;
  for (const auto& name : out.names) number.emplace(name, static_cast<std::int32_t>(number.size()));
  for (const auto& some : labels) {
    auto& numbers = out.labels.emplace_back();
    for (const auto& name : some) numbers.push_back(number.at(name));
    std::ranges::sort(numbers);
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  }
  return out;
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

ExampleColumns labelled_columns(std::string_view task) {
  using Need = ExampleColumns::Need;
  if (task == "multi_label") return {.label = Need::kOptional};
  if (task == "regress") return {.other = Need::kOptional, .stratify = false};
  if (task == "rank") return {.other = Need::kRequired, .stratify = false};
  return {};
}

std::vector<std::int64_t> Examples::of(Part part) const {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i] == part) out.push_back(static_cast<std::int64_t>(i));
  return out;
}

Examples read_examples(const FinetuneConfig& config, const ExampleColumns& columns) {
  Examples out;
  std::vector<RawExample> raw;
  for (const auto& source : config.finetune.examples)
    if (source.part != kUnlabelled) read_source(source, config.base_folder, columns, raw, out);
  out.file = config.finetune.examples.front().path;
  if (raw.empty()) {
    std::string wanted = "text";
    if (columns.other == ExampleColumns::Need::kRequired) wanted += ", other";
    if (columns.label == ExampleColumns::Need::kRequired) wanted += ", label";
    throw Error(ErrorCode::kData, "no row has everything that the task reads", "check the columns: " + wanted,
                {.file = out.file, .key = "finetune.examples"});
  }
  // Sorted, so that the order of rows and files changes nothing.
  const std::size_t rows = raw.size();
  std::ranges::sort(raw);
  raw.erase(std::unique(raw.begin(), raw.end()), raw.end());
  out.duplicates = static_cast<std::int64_t>(rows - raw.size());

  std::map<std::string, std::vector<std::string>> undealt;  // texts by their (first) label
  std::map<std::string, Part> part_of;
  for (const auto& one : raw)
    if (!one.part && part_of.emplace(one.text, Part::kTrain).second)
      undealt[columns.stratify ? one.label : ""].push_back(one.text);
  part_of.clear();
  for (auto& [label, texts] : undealt) {
    RandomStream random(static_cast<std::uint64_t>(config.seed), "examples of " + label);
    deal(std::move(texts), config.finetune, random, part_of);
  }
  bool trained = false;
  for (auto& one : raw) {
    const Part part = one.part ? *one.part : part_of.at(one.text);
    trained = trained || part == Part::kTrain;
    out.parts.push_back(part);
    out.texts.push_back(std::move(one.text));
    out.labels.push_back(std::move(one.label));
    out.weights.push_back(static_cast<float>(one.weight));
    if (columns.time != ExampleColumns::Need::kNone) out.times.push_back(std::move(one.time));
    if (columns.other != ExampleColumns::Need::kNone) out.others.push_back(std::move(one.other));
  }
  if (!trained)
    throw Error(ErrorCode::kData, "the training part has no example", "check finetune.ratio and the sources' part",
                {.file = out.file, .key = "finetune.ratio"});
  // A text alone is not the pair of it and nothing: tokenizers end a pair with one more separator.
  if (std::ranges::all_of(out.others, &std::string::empty)) out.others.clear();
  augment(out, config.finetune.augmentation, static_cast<std::uint64_t>(config.seed));
  return out;
}

std::vector<std::string> read_unlabelled(const FinetuneConfig& config, const Examples& examples) {
  std::vector<RawExample> raw;
  Examples counts;
  for (const auto& source : config.finetune.examples)
    if (source.part == kUnlabelled)
      read_source(source, config.base_folder, {.label = ExampleColumns::Need::kNone}, raw, counts);
  std::set<std::string> texts;
  for (auto& one : raw) texts.insert(std::move(one.text));
  for (const auto& text : examples.texts) texts.erase(text);
  return {texts.begin(), texts.end()};
}

LabelNumbers one_label(const Examples& examples, const std::vector<std::string>& known) {
  std::vector<std::vector<std::string>> labels;
  for (const auto& label : examples.labels) labels.push_back({label});
  return numbered(examples, labels, 2, known);
}

std::vector<std::string> split_labels(std::string_view written, const std::string& separator) {
  std::vector<std::string> out;
  while (!written.empty()) {
    const auto end = separator.empty() ? written.size() : std::min(written.find(separator), written.size());
    const std::string_view one = trimmed(written.substr(0, end));
    if (!one.empty()) out.emplace_back(one);
    written.remove_prefix(std::min(written.size(), end + separator.size()));
  }
  return out;
}

LabelNumbers many_labels(const Examples& examples, const std::string& separator,
                         const std::vector<std::string>& known) {
  std::vector<std::vector<std::string>> labels;
  for (const auto& written : examples.labels) labels.push_back(split_labels(written, separator));
  return numbered(examples, labels, 1, known);
}

std::vector<double> label_values(const Examples& examples) {
  std::vector<double> out;
  for (std::size_t i = 0; i < examples.labels.size(); ++i) {
    const std::string& label = examples.labels[i];
    double value = 0;
    const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), value);
    if (error != std::errc() || end != label.data() + label.size() || !std::isfinite(value))
      throw Error(ErrorCode::kData,
                  "the label '" + label + "' of the text '" + examples.texts[i].substr(0, 60) + "' is no finite number",
                  "correct the label", {.file = examples.file, .key = "finetune.examples"});
    out.push_back(value);
  }
  return out;
}

}  // namespace genre
