#include "train/background.h"

#include <utility>

namespace seqrec::train {

void Background::start(std::function<void()> work) {
  wait();
  running_ = std::async(std::launch::async, [work = std::move(work)]() mutable {
    const auto now = std::exchange(work, nullptr);  // what it holds goes with its end
    now();
  });
}

void Background::wait() {
  if (running_.valid()) running_.get();
}

}  // namespace seqrec::train
