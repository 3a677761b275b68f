#pragma once

#include <atomic>
#include <mutex>
#include <utility>

namespace seqrec {

/// Calls a function once, whichever threads ask for it: the others wait. One that throws has not been called.
/// std::call_once does the same, but an exception passes through C code of the C library there, which needs memory to
/// let it through: where none is left, the process would end.
class Once {
 public:
  template <class F>
  void call(F&& function) {
    if (done_.load(std::memory_order_acquire)) return;
    const std::scoped_lock lock(mutex_);
    if (done_.load(std::memory_order_relaxed)) return;
    std::forward<F>(function)();
    done_.store(true, std::memory_order_release);
  }

  /// Whether it has been called.
  bool done() const { return done_.load(std::memory_order_acquire); }

 private:
  std::atomic<bool> done_{false};
  std::mutex mutex_;
};

}  // namespace seqrec
