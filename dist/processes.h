#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// Processes that do one piece of work together, on one machine or several. Nothing here adds numbers: messages are
/// bytes, and in which order sums are made is for those who send them.
namespace seqrec::dist {

using Message = std::vector<std::byte>;

/// This process among the others. Used by the thread alone that made it.
class Processes {
 public:
  virtual ~Processes() = default;
  virtual int rank() const = 0;  ///< from 0
  virtual int size() const = 0;
  /// The name of the machine that one of them runs on.
  virtual std::string host(int rank) const = 0;
  /// Returns once the message may be forgotten here; that may be when it is received.
  virtual void send(int to, const Message& message) = 0;
  /// The next message of that process: between two processes messages keep their order.
  virtual Message receive(int from) = 0;
  /// Ends all processes, this one too, with exit code kAborted.
  [[noreturn]] virtual void abort() = 0;
};

inline constexpr int kAborted = 3;

/// Joins those that a launcher such as mpirun started. `stop`, if it is not null, is set once this process was told to
/// end: whoever waits for another one then soon ends with kAborted, and says for whom it waited.
using Connect = std::unique_ptr<Processes> (*)(const std::atomic<bool>* stop);
/// How the program does that, if it can: dist/mpi.cpp says so before main, in the programs that it is linked into.
void set_connect(Connect connect);
/// If a launcher started this process and the program can't join the others, goes on as the one beside it that can, if
/// there is one: PROGRAM-mpi. So that the program needs no MPI where it runs alone.
void become_connected(char** argv);
/// Null if this process was started by itself, or SEQREC_MPI=0 says so. UsageError if a launcher started several and
/// the program can't join them: it was built without MPI, or with another one than the launcher's.
std::unique_ptr<Processes> connect(const std::atomic<bool>* stop);

}  // namespace seqrec::dist
