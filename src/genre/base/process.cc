#include "genre/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"

extern char** environ;

namespace genre {

namespace {

enum class Errors { kWithOutput, kInherited };

// A file in memory, at its begin; closed with the object.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes) : fd_(memfd_create("input", MFD_CLOEXEC)) {
    while (fd_ >= 0 && !bytes.empty()) {
      const ssize_t put = write(fd_, bytes.data(), bytes.size());
      if (put <= 0 && errno != EINTR) break;
      if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    if (fd_ >= 0 && bytes.empty() && lseek(fd_, 0, SEEK_SET) == 0) return;
    const int reason = errno;
    if (fd_ >= 0) close(fd_);
    throw Error(ErrorCode::kResources, std::string("cannot keep the input of a program: ") + std::strerror(reason));
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Runs the program and hands on what it writes, piece by piece. Nothing where it was not found.
std::optional<int> run(const std::vector<std::string>& arguments, const MemoryFile* input, Errors errors,
                       const std::function<void(std::string_view)>& piece, int stop = SIGINT) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw Error(ErrorCode::kResources, std::string("cannot open a pipe: ") + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (input == nullptr)
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  else
    posix_spawn_file_actions_adddup2(&actions, input->fd(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  if (errors == Errors::kWithOutput) posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (errors == Errors::kInherited) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // of its own
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed != 0) {
    close(ends[0]);
    if (failed == ENOENT) return {};
    throw Error(ErrorCode::kDependency, "cannot start " + arguments[0] + ": " + std::strerror(failed));
  }
  char buffer[4096];
  bool told = false;
  for (;;) {
    // Looked at five times a second, since a signal may come just before the wait.
    pollfd wait = {.fd = ends[0], .events = POLLIN, .revents = 0};
    const int ready = poll(&wait, 1, 200);
    if (errors == Errors::kInherited && interrupted() && !std::exchange(told, true)) kill(pid, stop);
    if (ready <= 0) continue;
    const ssize_t got = read(ends[0], buffer, sizeof buffer);
    if (got > 0) piece({buffer, static_cast<std::size_t>(got)});
    if (got == 0 || (got < 0 && errno != EINTR)) break;
  }
  close(ends[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

ProcessResult run_whole(const std::vector<std::string>& arguments, const MemoryFile* input, std::size_t most) {
  ProcessResult result;
  const auto code = run(arguments, input, Errors::kWithOutput, [&](std::string_view piece) {
    result.output.append(piece.substr(0, most - result.output.size()));
  });
  if (!code) return {127, arguments[0] + ": program not found"};
  result.exit_code = *code;
  return result;
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& arguments) { return run_whole(arguments, nullptr, SIZE_MAX); }

ProcessResult run_process(const std::vector<std::string>& arguments, std::string_view input, std::size_t most) {
  const MemoryFile file(input);
  return run_whole(arguments, &file, most);
}

ProcessResult run_filter(const std::vector<std::string>& arguments, std::string_view input) {
  const MemoryFile file(input);
  ProcessResult result;
  result.exit_code = run(arguments, &file, Errors::kInherited, [&](std::string_view piece) {
                       result.output.append(piece);
                     }).value_or(127);
  return result;
}

int run_process_by_line(const std::vector<std::string>& arguments, const std::function<void(std::string_view)>& line,
                        int stop) {
  std::string rest;
  std::exception_ptr failure;
  const auto hand_on = [&](std::string_view one) {
    if (failure) return;
    try {
      line(one);
    } catch (...) {
      failure = std::current_exception();
    }
  };
  const auto code = run(
      arguments, nullptr, Errors::kInherited,
      [&](std::string_view piece) {
        rest.append(piece);
        std::size_t begin = 0;
        for (std::size_t end; (end = rest.find('\n', begin)) != std::string::npos; begin = end + 1)
          hand_on(std::string_view(rest).substr(begin, end - begin));
        rest.erase(0, begin);
      },
      stop);
  if (!rest.empty()) hand_on(rest);
  if (failure) std::rethrow_exception(failure);
  return code.value_or(127);
}

std::int64_t peak_resident_bytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace genre
