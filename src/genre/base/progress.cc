#include "genre/base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

namespace genre {
namespace {

std::atomic<ProgressMode> mode{ProgressMode::kAuto};

ProgressMode effective_mode() {
  const ProgressMode wanted = mode.load();
  if (wanted != ProgressMode::kAuto) return wanted;
  static const bool terminal = isatty(STDERR_FILENO) != 0;
  return terminal ? ProgressMode::kTerminal : ProgressMode::kPlain;
}

std::string duration(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{}:{:02} min", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02} h", s / 3600, s / 60 % 60, s % 60);
}

}  // namespace

void set_progress_mode(ProgressMode wanted) { mode.store(wanted); }

Progress::Progress(std::string_view what, std::int64_t total)
    : what_(what), total_(total), start_(std::chrono::steady_clock::now()), last_draw_(start_) {}

Progress::~Progress() {
  const std::lock_guard lock(mutex_);
  if (drawn_ && effective_mode() == ProgressMode::kTerminal) {
    draw(/*last=*/true);
    std::fputc('\n', stderr);
  }
}

void Progress::advance(std::int64_t count) {
  const std::lock_guard lock(mutex_);
  done_ += count;
  const auto now = std::chrono::steady_clock::now();
  const ProgressMode current = effective_mode();
  if (current == ProgressMode::kOff || now - start_ < std::chrono::seconds(1)) return;
  const auto pause =
      current == ProgressMode::kTerminal ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10000);
  if (now - last_draw_ < pause) return;
  last_draw_ = now;
  draw(/*last=*/false);
}

void Progress::note(std::string_view metric) {
  const std::lock_guard lock(mutex_);
  metric_ = metric;
}

void Progress::draw(bool last) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const bool terminal = effective_mode() == ProgressMode::kTerminal;
  const std::string line = render(what_, done_, total_, seconds, metric_, terminal ? 24 : 0);
  std::fprintf(stderr, terminal ? "\r\x1b[K%s" : "%s\n", line.c_str());
  if (terminal && !last) std::fflush(stderr);
  drawn_ = true;
}

std::string Progress::render(std::string_view what, std::int64_t done, std::int64_t total, double seconds,
                             std::string_view metric, int bar_width) {
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string out(what);
  if (total > 0) {
    const double share = std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
    if (bar_width > 0) {
      const int filled = static_cast<int>(share * bar_width + 1e-9);
      out += " [" + std::string(filled, '#') + std::string(bar_width - filled, '.') + "]";
    }
    out += fmt::format(" {:3.0f} % {}/{}", share * 100, done, total);
  } else {
    out += fmt::format(" {}", done);
  }
  out += fmt::format("  {:.{}f}/s", rate, rate < 10 ? 1 : 0);
  if (total > done && rate > 0) out += "  " + duration(static_cast<double>(total - done) / rate) + " left";
  if (!metric.empty()) out += fmt::format("  {}", metric);
  return out;
}

}  // namespace genre
