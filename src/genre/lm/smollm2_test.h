// SmolLM2-135M-Instruct and what transformers makes of it, which dequantises the same file
// (tests/golden/make_decoder_golden.py).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/lm/catalogue.h"
#include "genre/lm/decoder.h"

namespace genre {

class SmolLm2 : public testing::Test {
 protected:
  static constexpr const char* kModel = "SmolLM2-135M-Instruct";

  struct Prompt {
    std::string text;
    std::vector<std::int32_t> ids, greedy;               // 64 tokens that follow
    std::map<std::size_t, double> near_ties;             // by step: how far the second likeliest logit lay below
    std::vector<std::pair<std::int32_t, float>> logits;  // some of those behind the last token
    double log_sum;                                      // of their exponentials, all of them
  };

  static std::vector<Prompt> prompts(std::size_t count) {
    const auto file = nlohmann::json::parse(read_file(GENRE_SOURCE_DIR "/tests/golden/decoder_smollm2.json"));
    std::vector<Prompt> out;
    for (const auto& entry : file.at("prompts")) {
      Prompt prompt{entry.at("text"), entry.at("ids"), {}, {}, {}, 0};
      if (entry.contains("greedy")) {
        const auto& logits = entry.at("logits");
        prompt.greedy = entry.at("greedy").get<std::vector<std::int32_t>>();
        prompt.logits = logits.at("top").get<std::vector<std::pair<std::int32_t, float>>>();
        prompt.log_sum = logits.at("log_sum");
        for (const auto& tie : entry.at("near_ties")) prompt.near_ties[tie[0]] = tie[1];
        for (std::size_t i = 0; i < file.at("others").size(); ++i)
          prompt.logits.emplace_back(file.at("others")[i], logits.at("others")[i]);
      }
      out.push_back(std::move(prompt));
    }
    out.resize(std::min(count, out.size()));
    return out;
  }

  static Decoder load(DecoderPrecision precision) { return {resolve_model(kModel), precision}; }

  void SetUp() override {
    try {
      resolve_model(kModel);
    } catch (const Error& e) {
      GTEST_SKIP() << kModel << " is not on this machine: " << e.what();
    }
  }

  static double log_sum_exp(std::span<const float> logits) {
    const double most = *std::ranges::max_element(logits);
    double sum = 0;
    for (const float v : logits) sum += std::exp(v - most);
    return most + std::log(sum);
  }

  static constexpr double kLogitBound = 1e-3;

  // Logits behind each prompt that the reference answered, and `steps` tokens that follow, all prompts in one batch.
  // Where the reference's two likeliest tokens are nearer than both logits may be off, either may come; the reference's
  // goes on. Returns how often the other came.
  static int expect_golden(const Decoder& decoder, std::vector<Prompt> all, std::size_t steps) {
    std::erase_if(all, [](const Prompt& prompt) { return prompt.greedy.empty(); });
    EXPECT_GE(all.size(), 5u);
    int flips = 0;
    std::vector<KvCache> caches;
    std::vector<DecoderSlice> batch;
    for (std::size_t i = 0; i < all.size(); ++i) caches.emplace_back(decoder.config());
    for (std::size_t i = 0; i < all.size(); ++i) batch.push_back({&caches[i], all[i].ids, 1});
    Matrix logits = decoder.forward(batch);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto row = logits.row(static_cast<std::int64_t>(i));
      for (const auto& [id, value] : all[i].logits) EXPECT_NEAR(row[id], value, kLogitBound) << all[i].text;
      EXPECT_NEAR(log_sum_exp(row), all[i].log_sum, kLogitBound) << all[i].text;
    }
    for (std::size_t step = 0; step < steps; ++step) {
      for (std::size_t i = 0; i < all.size(); ++i) {
        const auto row = logits.row(static_cast<std::int64_t>(i));
        if (const auto likeliest = std::ranges::max_element(row) - row.begin(); likeliest != all[i].greedy[step]) {
          const auto tie = all[i].near_ties.find(step);
          EXPECT_TRUE(tie != all[i].near_ties.end() && tie->second < 2 * kLogitBound)
              << all[i].text << ", step " << step << ": " << likeliest << " instead of " << all[i].greedy[step];
          ++flips;
        }
        batch[i].ids = std::span(all[i].greedy).subspan(step, 1);
      }
      if (step + 1 < steps) logits = decoder.forward(batch);
    }
    return flips;
  }

  // Mean Kullback-Leibler divergence of the distributions behind every token of the prompts.
  static double divergence(const Decoder& reference, const Decoder& other, std::span<const Prompt> all) {
    double sum = 0;
    std::int64_t count = 0;
    for (const Prompt& prompt : all) {
      KvCache first(reference.config()), second(other.config());
      const int rows = static_cast<int>(prompt.ids.size());
      const DecoderSlice a{&first, prompt.ids, rows}, b{&second, prompt.ids, rows};
      const Matrix wanted = reference.forward({&a, 1}), found = other.forward({&b, 1});
      for (std::int64_t t = 0; t < rows; ++t) {
        const auto p = wanted.row(t), q = found.row(t);
        const double p_sum = log_sum_exp(p), q_sum = log_sum_exp(q);
        for (std::size_t v = 0; v < p.size(); ++v) sum += std::exp(p[v] - p_sum) * (p[v] - p_sum - q[v] + q_sum);
      }
      count += rows;
    }
    return sum / static_cast<double>(count);
  }
};

}  // namespace genre
