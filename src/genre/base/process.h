// Runs another program without a shell.
#pragma once

#include <string>
#include <vector>

namespace genre {

struct ProcessResult {
  int exit_code = 0;   // 127 when the program was not found; 128 + n when signal n ended it
  std::string output;  // stdout and stderr together, in order
};

// Runs arguments[0], found on PATH, with an empty standard input, and waits. Throws Error(kDependency) only when no
// process could be started at all.
ProcessResult run_process(const std::vector<std::string>& arguments);

}  // namespace genre
