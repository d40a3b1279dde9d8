#include "genre/finetune/time_slices.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/random.h"
#include "genre/data/timestamp.h"
#include "genre/finetune/examples.h"

namespace genre {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::vector<std::int64_t> times_of(const Examples& examples) {
  const TimeReader reader("auto", "");
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < examples.times.size(); ++i) {
    const auto time = reader.read(examples.times[i]);
    if (!time)
      throw Error(ErrorCode::kData,
                  "'" + examples.times[i] + "', the time of '" + examples.texts[i].substr(0, 60) + "', " +
                      reader.fault(examples.times[i]),
                  "write times as 2025-01-31T23:59:59 or as seconds", {.file = examples.file, .key = "time"});
    out.push_back(*time);
  }
  return out;
}

ExampleSourceOptions write_examples(const Examples& examples, std::span<const std::int64_t> numbers, Part part,
                                    const fs::path& file) {
  std::string lines;
  for (const std::int64_t i : numbers) {
    Json line = {{"text", examples.texts[i]}, {"label", examples.labels[i]}};
    if (!examples.others.empty()) line["other"] = examples.others[i];
    lines += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  write_file_atomic(file, lines);
  ExampleSourceOptions out;
  out.path = file.string();
  out.format = "jsonl";
  out.part = kPartNames[static_cast<int>(part)];
  return out;
}

// A share of what was learnt from before, by chance.
std::vector<std::int64_t> replayed(std::vector<std::int64_t> older, const FinetuneConfig& config, int slice) {
  RandomStream random(static_cast<std::uint64_t>(config.seed), "replay in slice " + std::to_string(slice));
  random.shuffle(std::span(older));
  older.resize(static_cast<std::size_t>(static_cast<double>(older.size()) * config.finetune.time_slices.replay + 0.5));
  std::ranges::sort(older);
  return older;
}

}  // namespace

std::vector<int> cut_by_time(std::span<const std::int64_t> times, int count) {
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return times[i]; });
  std::vector<int> out(times.size());
  std::size_t begin = 0;
  for (int slice = 0; slice < count; ++slice) {
    std::size_t end = std::max(begin + 1, times.size() * static_cast<std::size_t>(slice + 1) / count);
    while (end < times.size() && times[order[end]] == times[order[end - 1]]) ++end;
    if (begin >= times.size())
      throw Error(ErrorCode::kConfig, "the times of the examples do not make " + std::to_string(count) + " slices",
                  "ask for fewer", {.key = "finetune.time_slices.count"});
    for (std::size_t i = begin; i < end; ++i) out[order[i]] = slice;
    begin = end;
  }
  return out;
}

std::vector<TimeSlice> write_time_slices(const FinetuneConfig& config, const fs::path& folder) {
  FinetuneConfig plain = config;
  plain.finetune.augmentation = {};  // each slice makes its own
  ExampleColumns columns = labelled_columns(config.finetune.task);
  columns.time = ExampleColumns::Need::kRequired;
  const Examples examples = read_examples(plain, columns);
  const auto times = times_of(examples);
  const auto slice_of = cut_by_time(times, config.finetune.time_slices.count);
  std::vector<TimeSlice> out;
  std::vector<std::int64_t> learnt;
  for (int slice = 0; slice < config.finetune.time_slices.count; ++slice) {
    TimeSlice& one = out.emplace_back();
    const std::string name = "slice-" + std::to_string(slice);
    std::map<Part, std::vector<std::int64_t>> parts;
    std::int64_t first = -1, last = -1;
    for (std::size_t n = 0; n < times.size(); ++n) {
      if (slice_of[n] != slice) continue;
      const auto i = static_cast<std::int64_t>(n);
      parts[examples.parts[n]].push_back(i);
      if (first < 0 || times[n] < times[first]) first = i;
      if (last < 0 || times[n] > times[last]) last = i;
    }
    one.from = examples.times[first];
    one.to = examples.times[last];
    one.train = static_cast<std::int64_t>(parts[Part::kTrain].size());
    one.valid = static_cast<std::int64_t>(parts[Part::kValid].size());
    one.test = static_cast<std::int64_t>(parts[Part::kTest].size());
    if (one.train == 0 || one.test == 0)
      throw Error(ErrorCode::kData,
                  "the slice from " + one.from + " to " + one.to + " has " + std::to_string(one.train) +
                      " examples to learn from and " + std::to_string(one.test) + " to test on",
                  "ask for fewer slices, or a larger share in finetune.ratio",
                  {.file = examples.file, .key = "finetune.time_slices.count"});
    for (const auto& [part, numbers] : parts)
      if (!numbers.empty())
        one.own.push_back(write_examples(examples, numbers, part,
                                         folder / (name + "-" + kPartNames[static_cast<int>(part)] + ".jsonl")));
    const auto again = replayed(learnt, config, slice);
    one.replayed = static_cast<std::int64_t>(again.size());
    if (!again.empty())
      one.replay.push_back(write_examples(examples, again, Part::kTrain, folder / (name + "-replay.jsonl")));
    learnt.insert(learnt.end(), parts[Part::kTrain].begin(), parts[Part::kTrain].end());
  }
  return out;
}

}  // namespace genre
