#include "genre/lm/kv_cache.h"

#include <algorithm>
#include <cassert>

#include "genre/nn/causal_attention.h"

namespace genre {

const int KvCache::kPage = static_cast<int>(nn::kCachePage);

KvCache::KvCache(const DecoderConfig& config)
    : layers_(config.layers), heads_(config.key_value_heads), head_floats_(nn::cache_page_floats(config.head_size)) {}

KvCache::KvCache(std::shared_ptr<const KvCache> prefix)
    : layers_(prefix->layers_),
      heads_(prefix->heads_),
      head_floats_(prefix->head_floats_),
      length_(prefix->length_),
      prefix_length_(prefix->length_),
      hidden_(prefix->hidden_),
      own_(static_cast<std::size_t>((prefix->length_ + kPage - 1) / kPage)),
      pages_(prefix->pages_.begin(), prefix->pages_.begin() + static_cast<std::ptrdiff_t>(own_)),
      table_(prefix->table_.begin(), prefix->table_.begin() + static_cast<std::ptrdiff_t>(own_)) {}

void KvCache::truncate(int length) {
  assert(length + hidden_ >= prefix_length_ && length + hidden_ <= length_);
  length_ = length + hidden_;
  const auto kept = static_cast<std::size_t>((length_ + kPage - 1) / kPage);
  pages_.resize(std::min(pages_.size(), std::max(kept, own_)));
  table_.resize(pages_.size());
}

std::size_t KvCache::bytes() const {
  return (pages_.size() - own_) * static_cast<std::size_t>(layers_ * heads_ * head_floats_) * sizeof(float);
}

std::span<const float* const> KvCache::reserve(int count) {
  const auto floats = static_cast<std::size_t>(layers_ * heads_ * head_floats_);
  const auto first = static_cast<std::size_t>(length_ / kPage);
  const auto wanted = static_cast<std::size_t>((length_ + count + kPage - 1) / kPage);
  if (count > 0 && first < own_ && first < pages_.size()) {
    auto copy = std::make_shared_for_overwrite<float[]>(floats);
    std::copy_n(pages_[first].get(), floats, copy.get());
    pages_[first] = std::move(copy);
    table_[first] = pages_[first].get();
    own_ = first;
  }
  while (pages_.size() < wanted) {
    table_.reserve(pages_.size() + 1);
    pages_.push_back(std::make_shared<float[]>(floats));
    table_.push_back(pages_.back().get());
  }
  return table_;
}

}  // namespace genre
