// Seeded random streams: one seed in the configuration, one independent stream for each named purpose, so that adding
// a stream never changes another. Generator: xoshiro256++ (Blackman and Vigna, 2019), seeded through SplitMix64.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace genre {

class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::string_view purpose);

  std::uint64_t next();                      // uniform over 64 bits
  double uniform();                          // [0, 1), 53 bits
  std::uint64_t below(std::uint64_t bound);  // uniform over [0, bound), no modulo bias; bound > 0
  double normal();                           // standard normal (Box-Muller)

  template <class T>
  void shuffle(std::span<T> values) {  // Fisher-Yates
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

  // UniformRandomBitGenerator, for std algorithms. Their results differ between standard libraries; prefer the above.
  using result_type = std::uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()() { return next(); }

 private:
  std::uint64_t state_[4];
};

}  // namespace genre
