// Other programs, run without a shell, and this one.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace genre {

struct ProcessResult {
  int exit_code = 0;   // 127 when the program was not found; 128 + n when signal n ended it
  std::string output;  // stdout and stderr together, in order
};

// Runs arguments[0], found on PATH, with an empty standard input, and waits. Throws Error(kDependency) only when no
// process could be started at all.
ProcessResult run_process(const std::vector<std::string>& arguments);

// The same with `input` as its standard input, which no other user of the machine sees, unlike arguments; of its output
// the first `most` bytes are kept.
ProcessResult run_process(const std::vector<std::string>& arguments, std::string_view input, std::size_t most);

// The same, with all that it writes to its stdout as the output; its stderr is this program's own.
ProcessResult run_filter(const std::vector<std::string>& arguments, std::string_view input);

// The same as run_process, while the program's stderr is this program's own and each line of its stdout is handed on as
// it comes, without its end. Returns the exit code. What `line` throws is thrown on once the program has ended. The
// program is in a process group of its own: where this one has an interrupt handler (interrupt.h), it passes a signal
// on once, as `stop`, and the other can finish what it is at.
int run_process_by_line(const std::vector<std::string>& arguments, const std::function<void(std::string_view)>& line,
                        int stop = SIGINT);

// The most memory that this program has held at once.
std::int64_t peak_resident_bytes();

}  // namespace genre
