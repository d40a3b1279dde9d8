// lm_decode MODEL [THREADS]: speed of a decoder in the precision of its file, after one untimed run of each: prefill of
// 512 tokens, greedy decoding of 64 tokens behind a prompt of 32, and the same for 16 sequences at once. Prints one
// JSON object; rates are tokens a second, the median of the runs.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "genre/base/thread_pool.h"
#include "genre/lm/decoder.h"
#include "genre/nn/quantised_matrix.h"

namespace {

using namespace genre;

constexpr int kPrompt = 32, kNew = 64;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::vector<std::int32_t> prompt(int tokens, int which, int vocabulary) {
  std::vector<std::int32_t> out(tokens);
  for (int t = 0; t < tokens; ++t) out[t] = (1000 + 7919 * (t + 1) + 104729 * which) % vocabulary;
  return out;
}

std::int32_t likeliest(std::span<const float> logits) {
  return static_cast<std::int32_t>(std::ranges::max_element(logits) - logits.begin());
}

double prefill_rate(const Decoder& model) {
  const std::vector<std::int32_t> ids = prompt(512, 0, model.config().vocabulary);
  KvCache cache(model.config());
  const double start = now();
  const DecoderSlice slice{&cache, ids};
  model.forward({&slice, 1});
  return static_cast<double>(ids.size()) / (now() - start);
}

double decode_rate(const Decoder& model, int sequences) {
  std::vector<KvCache> caches;
  std::vector<std::int32_t> next(sequences);
  for (int s = 0; s < sequences; ++s) caches.emplace_back(model.config());
  for (int s = 0; s < sequences; ++s) {
    const std::vector<std::int32_t> ids = prompt(kPrompt, s, model.config().vocabulary);
    const DecoderSlice slice{&caches[s], ids};
    next[s] = likeliest(model.forward({&slice, 1}).row(0));
  }
  const double start = now();
  for (int step = 0; step < kNew; ++step) {
    std::vector<DecoderSlice> batch;
    for (int s = 0; s < sequences; ++s) batch.push_back({&caches[s], {&next[s], 1}});
    const Matrix logits = model.forward(batch);
    for (int s = 0; s < sequences; ++s) next[s] = likeliest(logits.row(s));
  }
  return static_cast<double>(sequences) * kNew / (now() - start);
}

double median_of(int runs, const auto& rate) {
  rate();
  std::vector<double> all;
  for (int run = 0; run < runs; ++run) all.push_back(rate());
  std::ranges::sort(all);
  return all[all.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: lm_decode MODEL [THREADS]\n");
    return 2;
  }
  if (argc > 2) set_global_threads(std::atoi(argv[2]));
  const double start = now();
  const Decoder model(argv[1], DecoderPrecision::kNative);
  const double load = now() - start;
  std::printf("{\"threads\": %d, \"instructions\": \"%s\", \"load_s\": %.2f, \"prefill_512\": %.0f, ",
              global_pool().threads(), std::string(nn::quantised_kernel_name()).c_str(), load,
              median_of(3, [&] { return prefill_rate(model); }));
  std::printf("\"decode_1\": %.1f, ", median_of(5, [&] { return decode_rate(model, 1); }));
  std::fflush(stdout);
  std::printf("\"decode_16\": %.1f}\n", median_of(2, [&] { return decode_rate(model, 16); }));
}
