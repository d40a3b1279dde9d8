// Tiny models of every architecture against transformers (tests/golden/make_decoder_golden.py), and what holds for all.
#include "genre/lm/decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <limits>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/random.h"
#include "genre/lm/tiny_decoder_test.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using Ids = std::vector<std::int32_t>;

Matrix logits_of(const Decoder& decoder, const Ids& ids) {
  KvCache cache(decoder.config());
  const DecoderSlice slice{&cache, ids, static_cast<int>(ids.size())};
  return decoder.forward({&slice, 1});
}

void expect_golden(const fs::path& path, const TinyDecoder& tiny, const fs::path& adapter = {}) {
  const Decoder decoder(path, DecoderPrecision::kFp32, adapter);
  const Matrix found = logits_of(decoder, tiny.ids);
  for (std::size_t i = 0; i < tiny.positions.size(); ++i)
    for (std::size_t v = 0; v < tiny.logits[i].size(); ++v)
      ASSERT_NEAR(found.row(tiny.positions[i])[v], tiny.logits[i][v], 1e-4) << tiny.name << " " << tiny.positions[i];
}

void expect_same(std::span<const float> a, std::span<const float> b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(a[i], b[i]) << what << " at " << i;
}

class DecoderFiles : public TinyDecoderFiles {
 protected:
  Decoder open(const std::string& name, DecoderPrecision precision = DecoderPrecision::kFp32) {
    TinyDecoder::named(name).write(folder_ / name);
    return {folder_ / name, precision};
  }
};

}  // namespace

TEST_F(DecoderFiles, LogitsAgreeWithTheReference) {
  for (const TinyDecoder& tiny : TinyDecoder::all()) {
    tiny.write(folder_ / tiny.name);
    expect_golden(folder_ / tiny.name, tiny);
  }
}

TEST_F(DecoderFiles, ShardsGiveTheSameLogits) {
  const TinyDecoder tiny = TinyDecoder::named("qwen3");
  tiny.write(folder_, 3);
  expect_golden(folder_, tiny);
}

TEST_F(DecoderFiles, GgufGivesTheSameLogits) {
  for (const char* const name : {"llama", "qwen2", "qwen3", "gpt2"}) {
    const TinyDecoder tiny = TinyDecoder::named(name);
    fs::create_directories(folder_);
    tiny.write_gguf(folder_ / "tiny.gguf");
    expect_golden(folder_ / "tiny.gguf", tiny);
  }
}

TEST_F(DecoderFiles, TheTokenizerOfAGgufFileIsRead) {
  fs::create_directories(folder_);
  std::vector<std::string> tokens = {"<begin>", "ab"};
  for (char c = '!'; c <= '~'; ++c) tokens.emplace_back(1, c);
  ASSERT_EQ(tokens.size(), 96u);
  const TinyDecoder tiny = TinyDecoder::named("llama");
  tiny.write_gguf(folder_ / "tiny.gguf", tokens);
  const Decoder decoder(folder_, DecoderPrecision::kFp32);
  EXPECT_EQ(decoder.tokenizer().encode("abc", 0), (Ids{0, 1, 2 + 'c' - '!'}));
  EXPECT_EQ(decoder.config().begin_token, 0);
  EXPECT_EQ(decoder.config().end_tokens, Ids{1});
  tokens.emplace_back("one too many");
  tiny.write_gguf(folder_ / "tiny.gguf", tokens);
  EXPECT_THROW(Decoder(folder_, DecoderPrecision::kFp32), Error);
}

TEST_F(DecoderFiles, NamesWithoutThePrefixOfABaseModelAreRead) {
  for (const auto& [name, prefix] : {std::pair{"qwen2", "model."}, {"gpt2", "transformer."}}) {
    TinyDecoder tiny = TinyDecoder::named(name);
    std::map<std::string, TinyDecoder::Tensor> plain;
    for (auto& [key, tensor] : tiny.tensors)
      plain[key.starts_with(prefix) ? key.substr(std::string(prefix).size()) : key] = std::move(tensor);
    tiny.tensors = std::move(plain);
    tiny.write(folder_ / name);
    expect_golden(folder_ / name, tiny);
  }
}

TEST_F(DecoderFiles, ChunksOfAPromptGiveTheSameBitsAsTheWhole) {
  for (const TinyDecoder& tiny : TinyDecoder::all()) {
    const Decoder decoder = open(tiny.name);
    const Matrix whole = logits_of(decoder, tiny.ids);
    for (const std::size_t chunk : {1, 3, 32, 33}) {
      KvCache cache(decoder.config());
      for (std::size_t first = 0; first < tiny.ids.size(); first += chunk) {
        const auto part = std::span(tiny.ids).subspan(first, std::min(chunk, tiny.ids.size() - first));
        const DecoderSlice slice{&cache, part, static_cast<int>(part.size())};
        const Matrix found = decoder.forward({&slice, 1});
        for (std::size_t t = 0; t < part.size(); ++t)
          expect_same(found.row(static_cast<std::int64_t>(t)), whole.row(static_cast<std::int64_t>(first + t)),
                      tiny.name);
      }
    }
  }
}

TEST_F(DecoderFiles, ASliceDoesNotDependOnItsNeighbours) {
  const Decoder decoder = open("llama3");
  RandomStream random(7, "slices");
  std::vector<Ids> texts;
  std::vector<KvCache> caches;
  for (const std::size_t length : {1, 40, 0, 17, 2, 33, 64}) {
    texts.emplace_back();
    while (texts.back().size() < length) texts.back().push_back(static_cast<std::int32_t>(random.below(96)));
    caches.emplace_back(decoder.config());
  }
  std::vector<DecoderSlice> batch;
  for (std::size_t i = 0; i < texts.size(); ++i)
    batch.push_back({&caches[i], texts[i], static_cast<int>(std::min<std::size_t>(texts[i].size(), i))});
  const Matrix together = decoder.forward(batch);
  std::int64_t row = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(caches[i].length(), static_cast<int>(texts[i].size()));
    const Matrix alone = logits_of(decoder, texts[i]);
    for (int wanted = batch[i].logits; wanted > 0; --wanted)
      expect_same(together.row(row++), alone.row(alone.rows() - wanted), "");
  }
  EXPECT_EQ(row, together.rows());
}

TEST_F(DecoderFiles, SharedPrefixesGiveTheSameBits) {
  const Decoder decoder = open("qwen3");
  const Ids ids = TinyDecoder::named("qwen3").ids;
  const Matrix whole = logits_of(decoder, ids);
  for (const std::size_t length : {0, 5, 32, 35}) {
    auto prefix = std::make_shared<KvCache>(decoder.config());
    const DecoderSlice first{prefix.get(), std::span(ids).first(length), 0};
    EXPECT_EQ(decoder.forward({&first, 1}).rows(), 0);
    for (int child = 0; child < 2; ++child) {
      KvCache cache(prefix);
      EXPECT_EQ(cache.length(), static_cast<int>(length));
      EXPECT_EQ(cache.bytes(), 0u);
      const Ids other = {1, 2, 3};  // forgotten again
      const DecoderSlice wrong{&cache, other, 1}, rest{&cache, std::span(ids).subspan(length), 1};
      decoder.forward({&wrong, 1});
      cache.truncate(static_cast<int>(length));
      expect_same(decoder.forward({&rest, 1}).row(0), whole.row(39), "prefix");
    }
  }
}

// Rounded to 8 bits; the arithmetic of blocks is tested in nn.
TEST_F(DecoderFiles, IntegerProductsStayNearTheReference) {
  for (const TinyDecoder& tiny : TinyDecoder::all()) {
    if (tiny.config.value("intermediate_size", 64) % 32 != 0) {
      EXPECT_THROW(open(tiny.name, DecoderPrecision::kNative), Error);
      continue;
    }
    const Decoder decoder = open(tiny.name, DecoderPrecision::kNative);
    const Matrix found = logits_of(decoder, tiny.ids);
    double error = 0, size = 0;
    for (std::size_t i = 0; i < tiny.positions.size(); ++i)
      for (std::size_t v = 0; v < tiny.logits[i].size(); ++v) {
        error += std::pow(found.row(tiny.positions[i])[v] - tiny.logits[i][v], 2);
        size += std::pow(tiny.logits[i][v], 2);
      }
    EXPECT_LT(std::sqrt(error / size), 0.03) << tiny.name;
    EXPECT_GT(error, 0) << tiny.name << ": not in integers";
    EXPECT_LT(decoder.weight_bytes(), open(tiny.name).weight_bytes() / 2);
  }
}

TEST_F(DecoderFiles, StatesAreWhatTheHeadMultiplies) {
  const TinyDecoder tiny = TinyDecoder::named("qwen3");
  const Decoder decoder = open("qwen3");
  KvCache cache(decoder.config());
  const DecoderSlice slice{&cache, tiny.ids, 40};
  const Matrix states = decoder.states({&slice, 1});
  ASSERT_EQ(states.cols(), 32);
  const auto& head = tiny.tensors.at("lm_head.weight").values;
  for (std::size_t i = 0; i < tiny.positions.size(); ++i)
    for (std::size_t v = 0; v < 96; ++v) {
      double sum = 0;
      for (std::size_t d = 0; d < 32; ++d) sum += double{head[v * 32 + d]} * states.row(tiny.positions[i])[d];
      EXPECT_NEAR(sum, tiny.logits[i][v], 1e-4);
    }
}

TEST_F(DecoderFiles, FaultsLeaveTheCacheAsItWas) {
  const Decoder decoder = open("llama");
  KvCache cache(decoder.config()), other(decoder.config());
  const Ids good = {1, 2, 3}, beyond = {4, 96}, negative = {-1}, many(62, 5);
  const auto code = [&](std::span<const std::int32_t> ids) {
    const std::vector<DecoderSlice> batch = {{&other, good, 1}, {&cache, ids, 1}};
    try {
      decoder.forward(batch);
    } catch (const Error& e) {
      EXPECT_EQ(other.length(), 0);
      EXPECT_EQ(cache.length(), 3);
      return e.code();
    }
    ADD_FAILURE() << "accepted";
    return ErrorCode::kRuntime;
  };
  const DecoderSlice first{&cache, good, 1};
  decoder.forward({&first, 1});
  EXPECT_EQ(code(beyond), ErrorCode::kData);
  EXPECT_EQ(code(negative), ErrorCode::kData);
  EXPECT_EQ(code(many), ErrorCode::kResources);
  EXPECT_THROW(decoder.tokenizer(), Error);
}

TEST_F(DecoderFiles, ASignalStopsAPassAndLeavesTheCacheAsItWas) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto stop = [&] {
    const Decoder decoder = open("llama");
    KvCache cache(decoder.config());
    const Ids ids = {1, 2, 3};
    const DecoderSlice slice{&cache, ids, 1};
    install_interrupt_handler();
    std::raise(SIGTERM);
    try {
      decoder.forward({&slice, 1});
    } catch (const Error& e) {
      std::_Exit(e.code() == ErrorCode::kInterrupted && cache.length() == 0 ? 42 : 1);
    }
  };
  EXPECT_EXIT(stop(), testing::ExitedWithCode(42), "");
}

TEST_F(DecoderFiles, DamagedWeightsAreRefused) {
  const TinyDecoder whole = TinyDecoder::named("llama3");
  const auto expect_refused = [&](const TinyDecoder& tiny, const std::string& fault) {
    fs::remove_all(folder_);
    tiny.write(folder_);
    try {
      Decoder(folder_, DecoderPrecision::kFp32);
      ADD_FAILURE() << "accepted: " << fault;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kData);
      EXPECT_EQ(e.place().file, (folder_ / "model.safetensors").string());
      EXPECT_NE(std::string(e.what()).find(fault), std::string::npos) << e.what();
    }
  };
  for (const auto& [name, tensor] : whole.tensors) {
    if (name.find("layers.0") != std::string::npos) continue;  // as the other layer
    TinyDecoder missing = whole, infinite = whole, wider = whole;
    missing.tensors.erase(name);
    expect_refused(missing, name);
    infinite.tensors[name].values.back() = std::numeric_limits<float>::infinity();
    expect_refused(infinite, name);
    wider.tensors[name].shape.back() *= 2;
    wider.tensors[name].values.resize(2 * tensor.values.size());
    expect_refused(wider, name);
  }
}

}  // namespace genre
