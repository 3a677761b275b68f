#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/error.h"
#include "dist/processes.h"

namespace seqrec::train {

/// What stands for the wires between processes that are threads.
class Wires {
 public:
  void send(int from, int to, dist::Message message) {
    const std::lock_guard lock(mutex_);
    queues_[{from, to}].push_back(std::move(message));
    changed_.notify_all();
  }
  dist::Message receive(int from, int to) {
    std::unique_lock lock(mutex_);
    std::deque<dist::Message>& queue = queues_[{from, to}];
    changed_.wait(lock, [&] { return !queue.empty() || cut_; });
    require<IoError>(!queue.empty(), "another process failed");
    dist::Message message = std::move(queue.front());
    queue.pop_front();
    return message;
  }
  void cut() {
    const std::lock_guard lock(mutex_);
    cut_ = true;
    changed_.notify_all();
  }
  bool all_received() const {
    for (const auto& [ends, queue] : queues_)
      if (!queue.empty()) return false;
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<int, int>, std::deque<dist::Message>> queues_;
  bool cut_ = false;
};

/// A process that is a thread of this one.
class ThreadProcess : public dist::Processes {
 public:
  ThreadProcess(Wires& wires, int rank, int size) : wires_(wires), rank_(rank), size_(size) {}
  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string host(int rank) const override { return concat("host", rank); }
  void send(int to, const dist::Message& message) override { wires_.send(rank_, to, message); }
  dist::Message receive(int from) override { return wires_.receive(from, rank_); }
  [[noreturn]] void abort() override { throw IoError("aborted"); }

 private:
  Wires& wires_;
  int rank_, size_;
};

/// Runs `work` in each of so many processes at the same time; rethrows what the first one that failed threw.
inline void run_processes(int size, const std::function<void(dist::Processes&)>& work) {
  Wires wires;
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      ThreadProcess process(wires, rank, size);
      try {
        work(process);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        wires.cut();
      }
    });
  threads.clear();
  if (failure) std::rethrow_exception(failure);
  require(wires.all_received(), "a message was left over");
}

}  // namespace seqrec::train
