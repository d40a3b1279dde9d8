// Keys and values of the tokens that a decoder has read.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "genre/lm/decoder_config.h"

namespace genre {

// Keys and values of one sequence, in pages of nn::kCachePage positions that hold every layer and head. Not
// thread-safe; one cache belongs to one forward pass at a time.
class KvCache {
 public:
  explicit KvCache(const DecoderConfig& config);
  // Continues a prefix that many sequences share. Its full pages are shared and the last, partial one is copied at the
  // first new position. The prefix must not change any more.
  explicit KvCache(std::shared_ptr<const KvCache> prefix);

  int length() const { return length_ - hidden_; }  // positions of tokens, those of the prefix included
  void truncate(int length);                        // forgets later ones; not below the length of the prefix
  std::size_t bytes() const;                        // without pages of the prefix

  // For forward passes. The positions so far, which belong to no token, are in front of every sequence that continues
  // this one, and not part of its length.
  void hide() { hidden_ = length_; }
  int next() const { return length_; }  // position of the next token, the hidden ones counted
  // Makes room for positions [next(), next() + count) and returns all pages; then extend() makes the positions count.
  // The keys of layer l and head h of a page start at float offset(l, h).
  std::span<const float* const> reserve(int count);
  float* page(int position) const { return pages_[position / kPage].get(); }
  std::int64_t offset(int layer, int head) const { return (layer * heads_ + head) * head_floats_; }
  void extend(int count) { length_ += count; }

 private:
  static const int kPage;
  std::int64_t layers_, heads_, head_floats_;
  int length_ = 0, prefix_length_ = 0, hidden_ = 0;
  std::size_t own_ = 0;  // pages from here on belong to this cache alone
  std::vector<std::shared_ptr<float[]>> pages_;
  std::vector<const float*> table_;
};

}  // namespace genre
