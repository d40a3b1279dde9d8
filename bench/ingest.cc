// Reading, de-duplicating, 10-core and dense ids of a CSV of events, as one number; and a file large enough to measure
// peak memory on. Prints one JSON line.
//
//   ingest --file ratings.csv [--user user_id --item movie_id --value rating --time timestamp] [--core 10] [--runs 7]
//   ingest --write events.csv --events 20000000
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/data/prepare.h"

namespace {

using Arguments = std::map<std::string, std::string>;

std::string value_of(const Arguments& arguments, const std::string& name, const std::string& otherwise) {
  const auto found = arguments.find(name);
  return found == arguments.end() ? otherwise : found->second;
}

// Users uniform, items by a power law, ten years of seconds.
void write_events(const std::string& path, std::int64_t events) {
  constexpr std::uint64_t kUsers = 1'000'000, kTime = 1'400'000'000, kSeconds = 315'360'000;
  constexpr double kItems = 100'000;
  genre::RandomStream random(7, "ingest");
  std::ofstream out(path, std::ios::binary);
  out << "user,item,value,time\n";
  std::string block;
  for (std::int64_t i = 0; i < events; ++i) {
    block += 'u';
    block += std::to_string(random.below(kUsers));
    block += ",i";
    block += std::to_string(static_cast<int>(kItems * std::pow(random.uniform(), 3)));
    block += ',';
    block += static_cast<char>('1' + random.below(5));
    block += ',';
    block += std::to_string(kTime + random.below(kSeconds));
    block += '\n';
    if (block.size() < (1u << 20) && i + 1 < events) continue;
    out << block;
    block.clear();
  }
}

double peak_mib() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

nlohmann::ordered_json measure(const Arguments& arguments) {
  genre::DataOptions options;
  genre::InteractionSourceOptions source;
  source.path = std::filesystem::absolute(value_of(arguments, "--file", ""));
  for (const auto* const role : {"user", "item", "value", "time"})
    if (const auto name = value_of(arguments, std::string("--") + role, ""); !name.empty())
      source.columns[role] = {std::nullopt, name};
  options.interactions = {source};
  options.split.kind = "none";
  const int core = std::atoi(value_of(arguments, "--core", "10").c_str());
  options.clean.k_core = {{"user", core}, {"item", core}};
  std::vector<double> seconds;
  nlohmann::ordered_json out;
  for (int run = std::atoi(value_of(arguments, "--runs", "7").c_str()); run > 0; --run) {
    const auto start = std::chrono::steady_clock::now();
    const genre::Dataset dataset = genre::prepare(options, "/", 7, {}).dataset;
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    out = {{"rows", dataset.cleaning.front().rows_in},
           {"interactions", dataset.interactions.size()},
           {"users", dataset.users.size()},
           {"items", dataset.items.size()}};
  }
  std::sort(seconds.begin(), seconds.end());
  out["seconds"] = seconds.front();
  out["median"] = seconds[seconds.size() / 2];
  out["peak_mib"] = peak_mib();
  return out;
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i + 1 < count; i += 2) arguments[words[i]] = words[i + 1];
  try {
    if (arguments.contains("--write"))
      write_events(arguments["--write"], std::atoll(value_of(arguments, "--events", "20000000").c_str()));
    else
      std::printf("%s\n", measure(arguments).dump().c_str());
  } catch (const genre::Error& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
  return 0;
}
