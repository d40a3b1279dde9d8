// One short text at a time through an encoder, as a query arrives: prints one JSON object with the median and the 99th
// percentile of 200.
//   lm_encode MODEL_FOLDER PRECISION THREADS [TEXT]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/lm/linear.h"
#include "genre/lm/text_encoder.h"

int main(int argc, char** argv) try {
  if (argc < 4) {
    std::fputs("lm_encode MODEL_FOLDER PRECISION THREADS [TEXT]\n", stderr);
    return 2;
  }
  genre::LmOptions options;
  options.precision = argv[2];
  genre::set_global_threads(std::atoi(argv[3]));
  const std::string text = argc > 4 ? argv[4] : "a quiet film about the sea";
  const genre::TextEncoder encoder(argv[1], options);
  std::vector<double> times;
  for (int i = 0; i < 220; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto vector = encoder.encode_one(text);
    if (i >= 20)
      times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(times);
  std::printf(
      "{\"precision\": \"%s\", \"kernels\": \"%s\", \"threads\": %s, \"tokens\": %d, \"p50_ms\": %.3f, \"p99_ms\": "
      "%.3f}\n",
      argv[2], std::string(genre::encoder_kernel_name(genre::encoder_precision(argv[2]))).c_str(), argv[3],
      encoder.count_tokens({&text, 1})[0], times[times.size() / 2], times[times.size() * 99 / 100]);
} catch (const genre::Error& e) {
  std::fprintf(stderr, "error: %s\n", e.what());
  return 1;
}
