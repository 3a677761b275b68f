#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace cuda_sim {

/// The order in which blocks and threads run; see order_name() in scheduler.h.
class Order {
 public:
  /// From the environment.
  Order();
  const std::string& name() const { return name_; }
  /// 0 .. n - 1 in this order.
  std::vector<int> arrange(int n);
  bool is_reverse() const { return kind_ == Kind::Reverse; }
  /// Which of `ready` threads, the longest ready first, goes on.
  std::size_t pick(std::size_t ready);

 private:
  enum class Kind { Forward, Reverse, Random };
  Kind kind_ = Kind::Forward;
  std::mt19937 random_;
  std::string name_;
};

}  // namespace cuda_sim
