// Processes of one program that work on the same training, and what they tell each other. Every call but rank() and
// count() is one that all of them make, in the same order.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "genre/base/error.h"

namespace genre {

// Another process has ended in the middle of the work; nothing can be said to it any more.
class LostProcess : public Error {
 public:
  using Error::Error;
};

// Not thread-safe. Each call throws LostProcess where another process of the machine has ended.
class Processes {
 public:
  virtual ~Processes() = default;

  virtual int rank() const = 0;  // of this one, from 0
  virtual int count() const = 0;
  virtual int here() const = 0;  // how many of them are on this machine
  bool first() const { return rank() == 0; }

  // Each number becomes its sum over all processes, in the same bits everywhere.
  virtual void sum(std::span<float> values) = 0;
  virtual void sum(std::span<double> values) = 0;
  // The text that the first process has.
  virtual std::string of_first(const std::string& text) = 0;

  // Between two of them: what one sends, the other receives, in that order and of that size. What is sent is copied and
  // not waited for.
  virtual void send(int to, std::span<const float> values) = 0;
  virtual void receive(int from, std::span<float> values) = 0;

  // Ends this process without waiting for the others, which are then ended too.
  [[noreturn]] virtual void leave(int exit_code) = 0;
};

// One process alone.
std::unique_ptr<Processes> single_process();

// Those that mpirun started, by MPI; else this one alone. Called at most once. Throws Error(kDependency) under an
// mpirun where this program was built without MPI.
std::unique_ptr<Processes> join_processes();

}  // namespace genre
