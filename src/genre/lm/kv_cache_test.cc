#include "genre/lm/kv_cache.h"

#include <gtest/gtest.h>

namespace genre {
namespace {

DecoderConfig shape() {
  DecoderConfig config;
  config.layers = 3, config.key_value_heads = 2, config.head_size = 16;
  return config;
}

}  // namespace

TEST(KvCache, GrowsByPagesAndShrinksAgain) {
  const DecoderConfig config = shape();
  KvCache cache(config);
  EXPECT_EQ(cache.bytes(), 0u);
  for (const int count : {1, 31, 1, 100}) {
    cache.reserve(count);
    cache.extend(count);
    EXPECT_EQ(cache.bytes(), config.cache_bytes(cache.length()));
  }
  EXPECT_EQ(cache.length(), 133);
  EXPECT_EQ(config.cache_bytes(133), 5u * 32 * 3 * 2 * 2 * 16 * sizeof(float));
  cache.truncate(32);
  EXPECT_EQ(cache.bytes(), config.cache_bytes(32));
  cache.truncate(0);
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(KvCache, ReservedPositionsCountOnlyAfterExtend) {
  KvCache cache(shape());
  EXPECT_EQ(cache.reserve(40).size(), 2u);
  EXPECT_EQ(cache.length(), 0);
  EXPECT_EQ(cache.reserve(3).size(), 2u);
  cache.extend(3);
  EXPECT_EQ(cache.length(), 3);
}

TEST(KvCache, APrefixIsSharedAndItsPartialPageCopiedOnce) {
  const DecoderConfig config = shape();
  auto prefix = std::make_shared<KvCache>(config);
  prefix->reserve(40);
  prefix->page(0)[5] = 1;
  prefix->page(39)[7] = 2;
  prefix->extend(40);
  KvCache child{std::shared_ptr<const KvCache>(prefix)};
  EXPECT_EQ(child.length(), 40);
  EXPECT_EQ(child.bytes(), 0u);
  EXPECT_EQ(child.page(39), prefix->page(39));
  child.reserve(1);
  EXPECT_EQ(child.page(0), prefix->page(0));
  EXPECT_NE(child.page(39), prefix->page(39));
  EXPECT_EQ(child.page(39)[7], 2);
  EXPECT_EQ(child.bytes(), config.cache_bytes(1));
  child.extend(1);
  float* const own = child.page(39);
  child.reserve(30);
  EXPECT_EQ(child.page(39), own);
  child.extend(30);
  child.truncate(40);
  EXPECT_EQ(child.bytes(), config.cache_bytes(1));
  EXPECT_EQ(child.page(39), own);
}

TEST(KvCache, AGrandchildSharesBoth) {
  auto prefix = std::make_shared<KvCache>(shape());
  prefix->reserve(32);
  prefix->extend(32);
  auto child = std::make_shared<KvCache>(std::shared_ptr<const KvCache>(prefix));
  child->reserve(32);
  child->extend(32);
  KvCache grandchild{std::shared_ptr<const KvCache>(child)};
  grandchild.reserve(1);
  EXPECT_EQ(grandchild.page(0), prefix->page(0));
  EXPECT_EQ(grandchild.page(32), child->page(32));
  grandchild.extend(1);
  EXPECT_EQ(grandchild.length(), 65);
}

}  // namespace genre
