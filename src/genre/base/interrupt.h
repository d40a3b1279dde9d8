// Ctrl-C, SIGTERM and SIGUSR1, which mpirun hands on to all its processes, as a flag that long work looks at between
// steps. A second Ctrl-C ends the process at once.
#pragma once

namespace genre {

void install_interrupt_handler();
bool interrupted();
// Throws Error(kInterrupted) when a signal came. Long loops call it at points where stopping leaves nothing half done.
void throw_if_interrupted();

}  // namespace genre
