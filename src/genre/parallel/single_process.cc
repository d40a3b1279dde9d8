#include <cassert>
#include <cstdlib>

#include "genre/parallel/processes.h"

namespace genre {
namespace {

class SingleProcess : public Processes {
 public:
  int rank() const override { return 0; }
  int count() const override { return 1; }
  int here() const override { return 1; }
  void sum(std::span<float>) override {}
  void sum(std::span<double>) override {}
  std::string of_first(const std::string& text) override { return text; }
  void send(int, std::span<const float>) override { assert(!"one process has nobody to send to"); }
  void receive(int, std::span<float>) override { assert(!"one process has nobody to receive from"); }
  void leave(int exit_code) override { std::exit(exit_code); }
};

}  // namespace

std::unique_ptr<Processes> single_process() { return std::make_unique<SingleProcess>(); }

}  // namespace genre
