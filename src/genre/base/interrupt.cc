#include "genre/base/interrupt.h"

#include <unistd.h>

#include <csignal>

#include "genre/base/error.h"

namespace genre {
namespace {

volatile std::sig_atomic_t signal_seen = 0;

void on_signal(int) {
  if (signal_seen) _exit(130);
  signal_seen = 1;
}

}  // namespace

void install_interrupt_handler() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGUSR1, &action, nullptr);
}

bool interrupted() { return signal_seen != 0; }

void throw_if_interrupted() {
  if (interrupted())
    throw Error(ErrorCode::kInterrupted, "interrupted", "run the same command again: finished steps are kept");
}

}  // namespace genre
