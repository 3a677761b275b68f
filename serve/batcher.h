#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "infer/session.h"

namespace seqrec::serve {

using Clock = std::chrono::steady_clock;

/// Requests that are answered with one model, together; or work of another kind.
struct Job {
  std::shared_ptr<const infer::Session> session;
  std::vector<infer::Request> requests;
  /// Called in a worker's thread with an answer to each request; how long they waited, and how long they were computed
  /// on, in seconds.
  std::function<void(std::vector<infer::Answer> answers, double queued, double computed)> done;
  /// Called in a worker's thread in place of requests, of which there are none; it must not throw. It counts as one.
  std::function<void()> work = nullptr;
  Clock::time_point came = {};

  std::size_t size() const { return work ? 1 : requests.size(); }
};

struct BatcherOptions {
  int workers = 1;
  std::size_t queue = 1024;           ///< requests that wait at most
  std::size_t batch = 64;             ///< requests computed on together; a job of more is not cut
  std::chrono::microseconds wait{0};  ///< how long an idle worker waits for company for a request
};

/// Workers that answer jobs in the order in which they came, those of one model together as far as they have come:
/// a batch costs less than its requests one by one, and the answers are the same. Of the sessions that answer with all
/// threads (infer::Threads), one batch of several requests at a time is computed on; jobs of others pass those that
/// wait.
class Batcher {
 public:
  explicit Batcher(BatcherOptions options);
  /// Answers what was added, then ends the workers.
  ~Batcher();
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  /// False if the queue has no room, or `job.done` will be called.
  bool add(Job job);
  /// Requests that wait.
  std::size_t queued() const;

 private:
  void work();
  std::vector<Job> next();
  std::deque<Job>::iterator first_ready();
  void done_with(const std::vector<Job>& batch);

  const BatcherOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::size_t queued_ = 0;
  bool ending_ = false;
  bool all_threads_busy_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace seqrec::serve
