// Processes over MPI. Every call is one that MPI makes by itself while this process looks at whether the others are
// alive: a blocking call would wait for a dead one for ever.
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <list>
#include <thread>
#include <vector>

#include "genre/base/interrupt.h"
#include "genre/parallel/processes.h"

namespace genre {
namespace {

using Clock = std::chrono::steady_clock;

struct Peer {
  std::array<char, 256> host;
  long pid;
};

Peer this_peer() {
  Peer out = {};
  gethostname(out.host.data(), out.host.size() - 1);
  out.pid = static_cast<long>(getpid());
  return out;
}

// Whether a process of this machine runs; one that ended and was not waited for yet does not.
bool runs(long pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(in, line)) return false;
  const std::size_t name = line.rfind(')');
  const char state = name != std::string::npos && name + 2 < line.size() ? line[name + 2] : 'X';
  return state != 'Z' && state != 'X';
}

class MpiProcesses : public Processes {
 public:
  MpiProcesses() {
    // Copying between two processes' memories is forbidden in most containers; the shared segment works everywhere.
    setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", /*overwrite=*/0);
    int given = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &given);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &count_);
    own_ = this_peer();
    peers_.resize(static_cast<std::size_t>(count_));
    MPI_Allgather(&own_, sizeof own_, MPI_BYTE, peers_.data(), sizeof own_, MPI_BYTE, MPI_COMM_WORLD);
  }
  // Nothing is waited for where an error is on its way.
  ~MpiProcesses() override {
    if (!lost_ && std::uncaught_exceptions() == 0) MPI_Finalize();
  }

  int rank() const override { return rank_; }
  int count() const override { return count_; }
  int here() const override {
    return static_cast<int>(std::ranges::count_if(peers_, [&](const Peer& one) { return one.host == own_.host; }));
  }

  void sum(std::span<float> values) override { sum_of(values, MPI_FLOAT); }
  void sum(std::span<double> values) override { sum_of(values, MPI_DOUBLE); }

  std::string of_first(const std::string& text) override {
    std::string out = text;
    std::int64_t size = static_cast<std::int64_t>(out.size());
    MPI_Request request;
    MPI_Ibcast(&size, 1, MPI_INT64_T, 0, MPI_COMM_WORLD, &request);
    wait(request);
    out.resize(static_cast<std::size_t>(size));
    MPI_Ibcast(out.data(), static_cast<int>(size), MPI_CHAR, 0, MPI_COMM_WORLD, &request);
    wait(request);
    return out;
  }

  void send(int to, std::span<const float> values) override {
    std::erase_if(sent_, [](Sent& one) {
      int done = 0;
      MPI_Testall(static_cast<int>(one.requests.size()), one.requests.data(), &done, MPI_STATUSES_IGNORE);
      return done != 0;
    });
    Sent& one = sent_.emplace_back(Sent{{values.begin(), values.end()}, {}});
    for (std::size_t begin = 0; begin < one.values.size(); begin += kMost) {
      const auto piece = std::span(one.values).subspan(begin, std::min(kMost, one.values.size() - begin));
      MPI_Isend(piece.data(), static_cast<int>(piece.size()), MPI_FLOAT, to, 0, MPI_COMM_WORLD,
                &one.requests.emplace_back());
    }
  }
  void receive(int from, std::span<float> values) override {
    in_pieces(values, [&](std::span<float> piece, MPI_Request& request) {
      MPI_Irecv(piece.data(), static_cast<int>(piece.size()), MPI_FLOAT, from, 0, MPI_COMM_WORLD, &request);
    });
  }

  void leave(int exit_code) override {
    std::fflush(nullptr);
    std::_Exit(exit_code);
  }

 private:
  template <class T>
  void sum_of(std::span<T> values, MPI_Datatype type) {
    in_pieces(values, [&](std::span<T> piece, MPI_Request& request) {
      MPI_Iallreduce(MPI_IN_PLACE, piece.data(), static_cast<int>(piece.size()), type, MPI_SUM, MPI_COMM_WORLD,
                     &request);
    });
  }

  // What is on its way.
  struct Sent {
    std::vector<float> values;
    std::vector<MPI_Request> requests;
  };

  static constexpr std::size_t kMost = std::size_t{1} << 28;  // MPI counts in int
  template <class T, class Start>
  void in_pieces(std::span<T> values, const Start& start) {
    for (std::size_t begin = 0; begin < values.size(); begin += kMost) {
      MPI_Request request;
      start(values.subspan(begin, std::min(kMost, values.size() - begin)), request);
      wait(request);
    }
  }

  void wait(MPI_Request& request) {
    using std::chrono::milliseconds;
    const auto start = Clock::now();
    auto looked = start;
    for (int done = 0;;) {
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
      if (done != 0) return;
      const auto now = Clock::now();
      if (now - start < milliseconds(20))
        std::this_thread::yield();
      else
        std::this_thread::sleep_for(std::chrono::microseconds(now - start < milliseconds(500) ? 50 : 1000));
      // mpirun asks those that are left to end as soon as one has.
      if (now - looked < (interrupted() ? milliseconds(10) : milliseconds(500))) continue;
      looked = now;
      expect_all_alive();
    }
  }

  void expect_all_alive() {
    for (int other = 0; other < count_; ++other) {
      const Peer& peer = peers_[static_cast<std::size_t>(other)];
      if (peer.host != own_.host || runs(peer.pid)) continue;
      lost_ = true;
      throw LostProcess(ErrorCode::kRuntime,
                        "process " + std::to_string(other) + " of " + std::to_string(count_) + " (pid " +
                            std::to_string(peer.pid) + ") has ended",
                        "what it said last is above; where it was killed, look at the memory of the machine");
    }
  }

  int rank_ = 0, count_ = 1;
  bool lost_ = false;
  Peer own_;
  std::list<Sent> sent_;
  std::vector<Peer> peers_;
};

}  // namespace

std::unique_ptr<Processes> join_processes() {
  // Without mpirun there is nobody to join, and MPI costs a start of its own.
  if (std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr && std::getenv("PMI_SIZE") == nullptr) return single_process();
  return std::make_unique<MpiProcesses>();
}

}  // namespace genre
