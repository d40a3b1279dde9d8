// Tokens of the lines of a file, in memory: the fastest of the runs, in megabytes of UTF-8 a second. Prints one JSON
// line. Run: lm_tokenize MODEL_FOLDER TEXT_FILE THREADS [RUNS]. bench/peers/tokenize_huggingface.py does the same.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "genre/base/thread_pool.h"
#include "genre/text/tokenizer.h"

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: lm_tokenize MODEL_FOLDER TEXT_FILE THREADS [RUNS]\n");
    return 2;
  }
  constexpr int kLimit = 256;
  constexpr std::size_t kGrain = 64;  // texts that one task takes, as where encoders tokenize
  const auto tokenizer = genre::load_tokenizer(argv[1]);
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  std::ifstream in(argv[2]);
  for (std::string line; std::getline(in, line); texts.push_back(line)) bytes += line.size();
  genre::ThreadPool pool(std::atoi(argv[3]));
  const int runs = argc > 4 ? std::atoi(argv[4]) : 5;
  double seconds = 1e30;
  std::vector<std::size_t> counts(texts.size());
  for (int run = 0; run < runs; ++run) {
    const auto start = std::chrono::steady_clock::now();
    pool.parallel_for(texts.size(), kGrain, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t i = begin; i < end; ++i) counts[i] = tokenizer->encode(texts[i], kLimit).size();
    });
    seconds = std::min(seconds, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::size_t tokens = 0;
  for (const std::size_t count : counts) tokens += count;
  std::printf(
      "{\"texts\": %zu, \"tokens\": %zu, \"threads\": %d, \"seconds\": %.6f, \"megabytes_per_second\": %.3f}\n",
      texts.size(), tokens, pool.threads(), seconds, static_cast<double>(bytes) / 1e6 / seconds);
}
