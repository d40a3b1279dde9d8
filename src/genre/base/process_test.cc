#include "genre/base/process.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace genre {

TEST(RunProcess, ReturnsOutputAndExitCode) {
  const auto result = run_process({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
}

TEST(RunProcess, ArgumentsAreNotParsedByAShell) { EXPECT_EQ(run_process({"echo", "$HOME; ls"}).output, "$HOME; ls\n"); }

TEST(RunProcess, InputIsTheStandardInputAndMuchOutputIsCut) {
  const std::string large(300'000, 'x');
  EXPECT_EQ(run_process({"wc", "-c"}, large, 100).output, "300000\n");
  EXPECT_EQ(run_process({"cat"}, large, 1000).output, large.substr(0, 1000));
  EXPECT_EQ(run_process({"cat"}, "", 1000).output, "");
}

TEST(RunFilter, GivesStdoutAloneAndWhole) {
  const std::string large(300'000, 'x');
  EXPECT_EQ(run_filter({"sh", "-c", "echo noise >&2; cat"}, large).output, large);
  EXPECT_EQ(run_filter({"sh", "-c", "exit 4"}, large).exit_code, 4);
  EXPECT_EQ(run_filter({"no-such-program-here"}, "").exit_code, 127);
}

TEST(RunProcess, MissingProgramIs127) { EXPECT_EQ(run_process({"no-such-program-here"}).exit_code, 127); }

TEST(RunProcess, SignalIs128PlusNumber) { EXPECT_EQ(run_process({"sh", "-c", "kill -9 $$"}).exit_code, 137); }

TEST(RunProcessByLine, HandsOnEveryLineAndTheExitCode) {
  std::vector<std::string> lines;
  const int code = run_process_by_line({"sh", "-c", "printf 'one\\n\\ntwo\\nrest'; exit 3"},
                                       [&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_EQ(code, 3);
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "", "two", "rest"}));
}

TEST(RunProcessByLine, WhatALineThrowsComesOutOnceTheProgramHasEnded) {
  int lines = 0;
  EXPECT_THROW(run_process_by_line({"sh", "-c", "echo a; echo b"},
                                   [&](std::string_view) {
                                     ++lines;
                                     throw 7;
                                   }),
               int);
  EXPECT_EQ(lines, 1);
}

TEST(RunProcessByLine, MissingProgramIs127) {
  EXPECT_EQ(run_process_by_line({"no-such-program-here"}, [](std::string_view) {}), 127);
}

}  // namespace genre
