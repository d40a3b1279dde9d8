// Progress of long work on stderr: on a terminal a bar with rate, remaining time and metric, redrawn at most ten times
// a second; elsewhere one line each 10 seconds. Silent when disabled or when the work ends within a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace genre {

enum class ProgressMode { kAuto, kTerminal, kPlain, kOff };
void set_progress_mode(ProgressMode mode);  // process-wide; kAuto asks isatty(stderr)

class Progress {
 public:
  Progress(std::string_view what, std::int64_t total);  // total 0: unknown
  ~Progress();                                          // ends the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::int64_t count = 1);  // thread-safe
  void note(std::string_view metric);    // short text shown at the end of the line; thread-safe

  // The line for `done` of `total` after `seconds`; public for tests. Width applies to the bar only.
  static std::string render(std::string_view what, std::int64_t done, std::int64_t total, double seconds,
                            std::string_view metric, int bar_width);

 private:
  void draw(bool last);

  std::string what_;
  std::int64_t total_;
  std::int64_t done_ = 0;
  std::string metric_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_, last_draw_;
  std::mutex mutex_;
};

}  // namespace genre
