#include "genre/base/process.h"

#include <gtest/gtest.h>

namespace genre {

TEST(RunProcess, ReturnsOutputAndExitCode) {
  const auto result = run_process({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
}

TEST(RunProcess, ArgumentsAreNotParsedByAShell) { EXPECT_EQ(run_process({"echo", "$HOME; ls"}).output, "$HOME; ls\n"); }

TEST(RunProcess, MissingProgramIs127) { EXPECT_EQ(run_process({"no-such-program-here"}).exit_code, 127); }

TEST(RunProcess, SignalIs128PlusNumber) { EXPECT_EQ(run_process({"sh", "-c", "kill -9 $$"}).exit_code, 137); }

}  // namespace genre
