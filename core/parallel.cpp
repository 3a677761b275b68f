#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

#include "core/error.h"

namespace seqrec {

#ifndef SEQREC_INFERENCE  // libseqrec starts no thread

namespace {

using Body = std::function<void(std::int64_t, std::int64_t)>;

/// How often an idle thread looks for work before it sleeps: some tens of microseconds, the gap between two kernels.
constexpr int kSpins = 2000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// One parallel_for: its ranges are taken by whoever is free.
class Job {
 public:
  Job(std::int64_t n, std::int64_t grain, const Body& body) : n_(n), grain_(grain), body_(body) {}

  void run() {
    const std::int64_t ranges = num_ranges(n_, grain_);
    for (std::int64_t i = next_++; i < ranges; i = next_++) {
      try {
        body_(i * grain_, std::min(n_, (i + 1) * grain_));
      } catch (...) {
        const std::scoped_lock lock(mutex_);
        if (!exception_) exception_ = std::current_exception();
        next_ = ranges;
      }
    }
  }

  void rethrow() const {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  const std::int64_t n_, grain_;
  const Body& body_;
  std::atomic<std::int64_t> next_{0};
  std::mutex mutex_;
  std::exception_ptr exception_;
};

thread_local bool inside_body = false;

class Pool {
 public:
  ~Pool() { join(); }

  int threads() const { return threads_; }

  void resize(int threads) {
    const std::scoped_lock busy(busy_);
    join();
    threads_ = threads;
    const unsigned cores = std::thread::hardware_concurrency();
    spins_ = cores == 0 || static_cast<unsigned>(threads) <= cores ? kSpins : 0;
  }

  /// False, with nothing done, if another thread is using the pool.
  bool run(Job& job) {
    const std::unique_lock busy(busy_, std::try_to_lock);
    if (!busy) return false;
    start();
    {
      const std::scoped_lock lock(mutex_);
      job_ = &job;
      ++generation_;
    }
    wake_.notify_all();
    inside_body = true;
    job.run();
    inside_body = false;
    // Who has not begun by now finds nothing left; only those at work are waited for.
    std::unique_lock lock(mutex_);
    job_ = nullptr;
    lock.unlock();
    for (int i = 0; active_ > 0 && i < spins_; ++i) pause();
    lock.lock();
    done_.wait(lock, [&] { return active_ == 0; });
    return true;
  }

 private:
  void start() {
    try {
      while (static_cast<int>(workers_.size()) < threads_ - 1) workers_.emplace_back([this] { work(); });
    } catch (const std::system_error& error) {
      throw Error(concat("can't start ", threads_, threads_ == 1 ? " thread: " : " threads: ", error.what(),
                         "; out of memory, or of threads (ulimit -u)"));
    }
  }

  void join() {
    {
      const std::scoped_lock lock(mutex_);
      stop_ = true;
      ++generation_;
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    stop_ = false;
  }

  void work() {
    inside_body = true;
    std::uint64_t seen = 0;
    for (;;) {
      for (int i = 0; i < spins_ && generation_ == seen; ++i) pause();
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return generation_ != seen; });
      if (stop_) return;
      seen = generation_;
      if (job_ == nullptr) continue;
      Job& job = *job_;
      ++active_;
      lock.unlock();
      job.run();
      lock.lock();
      if (--active_ == 0) done_.notify_one();
    }
  }

  std::mutex busy_;  // held by the thread that uses the pool
  std::atomic<int> threads_{1};
  int spins_ = kSpins;
  std::vector<std::thread> workers_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_, done_;
  std::atomic<std::uint64_t> generation_{0};  // counts jobs; read without the lock while spinning
  Job* job_ = nullptr;
  std::atomic<int> active_{0};  // workers at this job; changed under the lock
  bool stop_ = false;
};

/// The pool of this process. A child that fork() makes has none of its threads, which could be neither used nor joined:
/// it gets a pool of its own, of as many, and never touches the old one.
class ProcessPool {
 public:
  ProcessPool() : pool_(new Pool) {
    pthread_atfork(nullptr, nullptr, [] { of_process().replace(); });
  }
  ~ProcessPool() { delete pool_; }
  ProcessPool(const ProcessPool&) = delete;
  ProcessPool& operator=(const ProcessPool&) = delete;

  static ProcessPool& of_process() {
    static ProcessPool pool;
    return pool;
  }
  Pool& pool() { return *pool_; }

 private:
  void replace() {
    parents_ = std::exchange(pool_, new Pool);
    pool_->resize(parents_->threads());
  }
  Pool* pool_;
  Pool* parents_ = nullptr;
};

Pool& pool() { return ProcessPool::of_process().pool(); }

}  // namespace

void set_num_threads(int threads) {
  require<UsageError>(threads >= 1, "[threads] expected at least 1, got ", threads);
  require<UsageError>(!inside_body, "[threads] can't be set while a parallel_for runs");
  if (threads != num_threads()) pool().resize(threads);
}

int num_threads() { return pool().threads(); }

#else

int num_threads() { return 1; }

#endif

void parallel_for(std::int64_t n, std::int64_t grain, const std::function<void(std::int64_t, std::int64_t)>& body) {
  require<UsageError>(grain >= 1, "[parallel_for] grain must be at least 1: got ", grain);
  if (n <= 0) return;
  if (n <= grain) return body(0, n);
#ifndef SEQREC_INFERENCE
  if (num_threads() > 1 && !inside_body) {
    Job job(n, grain, body);
    if (pool().run(job)) return job.rethrow();
  }
#endif
  for (std::int64_t begin = 0; begin < n; begin += grain) body(begin, std::min(n, begin + grain));
}

}  // namespace seqrec
