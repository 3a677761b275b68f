#pragma once

#include <functional>
#include <future>

namespace seqrec::train {

/// One piece of work at a time, in a thread of its own. Its end is waited for before this is destroyed.
class Background {
 public:
  /// Begins it, once the one before has ended; throws what that one threw.
  void start(std::function<void()> work);
  /// Waits for its end; throws what it threw, once.
  void wait();

 private:
  std::future<void> running_;
};

}  // namespace seqrec::train
