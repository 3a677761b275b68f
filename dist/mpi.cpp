#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <thread>

#include <mpi.h>
#include <unistd.h>

#include "core/error.h"
#include "dist/processes.h"

namespace seqrec::dist {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMost = std::size_t{1} << 30;        // bytes of a message of MPI's
constexpr auto kSpin = std::chrono::microseconds(50);      // that a wait begins with
constexpr auto kShortNap = std::chrono::microseconds(50);  // and goes on with: the longer it takes, the longer naps
constexpr auto kLongNap = std::chrono::milliseconds(2);
constexpr auto kGrace = std::chrono::milliseconds(400);  // mpirun kills after a second
constexpr int kLength = 1, kBytes = 2;                   // tags

void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw IoError(concat(call, ": ", std::string(text, static_cast<std::size_t>(length))));
}

class MpiProcesses : public Processes {
 public:
  explicit MpiProcesses(const std::atomic<bool>* stop) : stop_(stop) {
    int provided = 0;
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
    require<IoError>(provided >= MPI_THREAD_FUNNELED, "this MPI does not work in a program that has threads");
    check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
    char own[MPI_MAX_PROCESSOR_NAME] = {};
    int length = 0;
    check(MPI_Get_processor_name(own, &length), "MPI_Get_processor_name");
    std::vector<char> all(sizeof own * static_cast<std::size_t>(size_));
    check(MPI_Allgather(own, sizeof own, MPI_CHAR, all.data(), sizeof own, MPI_CHAR, MPI_COMM_WORLD), "MPI_Allgather");
    for (int i = 0; i < size_; ++i) hosts_.emplace_back(all.data() + sizeof own * static_cast<std::size_t>(i));
  }
  ~MpiProcesses() override { MPI_Finalize(); }
  MpiProcesses(const MpiProcesses&) = delete;
  MpiProcesses& operator=(const MpiProcesses&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string host(int rank) const override { return hosts_.at(static_cast<std::size_t>(rank)); }

  void send(int to, const Message& message) override {
    std::uint64_t length = message.size();
    start(
        [&](MPI_Request* request) { return MPI_Isend(&length, 1, MPI_UINT64_T, to, kLength, MPI_COMM_WORLD, request); },
        to);
    start_parts(message, to, MPI_Isend);
  }

  Message receive(int from) override {
    std::uint64_t length = 0;
    start(
        [&](MPI_Request* request) {
          return MPI_Irecv(&length, 1, MPI_UINT64_T, from, kLength, MPI_COMM_WORLD, request);
        },
        from);
    Message message(length);
    start_parts(message, from, MPI_Irecv);
    return message;
  }

  [[noreturn]] void abort() override {
    MPI_Abort(MPI_COMM_WORLD, kAborted);
    ::_exit(kAborted);
  }

 private:
  /// MPI_Isend or MPI_Irecv of a message's bytes, in parts that its int can count.
  template <class Bytes, class Call>
  void start_parts(Bytes& message, int other, Call call) {
    for (std::size_t begin = 0; begin < message.size(); begin += kMost)
      start(
          [&](MPI_Request* request) {
            const int size = static_cast<int>(std::min(kMost, message.size() - begin));
            return call(message.data() + begin, size, MPI_BYTE, other, kBytes, MPI_COMM_WORLD, request);
          },
          other);
  }

  /// Starts a request of `other`, and waits until it is done.
  template <class Start>
  void start(Start begin, int other) {
    MPI_Request request;
    check(begin(&request), "MPI");
    const auto began = Clock::now();
    Clock::time_point told{};
    for (int done = 0;;) {
      check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
      if (done) return;
      const auto now = Clock::now();
      if (stop_ && stop_->load()) {
        if (told == Clock::time_point{}) told = now;
        if (now - told > kGrace) give_up(other);
      }
      if (now - began > kSpin)
        std::this_thread::sleep_for(std::clamp<Clock::duration>((now - began) / 50, kShortNap, kLongNap));
    }
  }

  /// The launcher ends all when one has died, and that one can't say so.
  [[noreturn]] void give_up(int other) const {
    std::fprintf(stderr, "seqrec: process %d on %s was told to end while it waited for process %d on %s\n", rank_,
                 host(rank_).c_str(), other, host(other).c_str());
    ::_exit(kAborted);
  }

  const std::atomic<bool>* stop_;
  int rank_ = 0, size_ = 1;
  std::vector<std::string> hosts_;
};

std::unique_ptr<Processes> connect_mpi(const std::atomic<bool>* stop) { return std::make_unique<MpiProcesses>(stop); }

/// Whoever links this file is built with MPI.
[[maybe_unused]] const bool connected = (set_connect(connect_mpi), true);

}  // namespace
}  // namespace seqrec::dist
