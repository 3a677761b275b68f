#include "tests/cuda_sim/order.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <numeric>

namespace cuda_sim {

Order::Order() {
  const char* text = std::getenv("CUDA_SIM_ORDER");
  name_ = text != nullptr ? text : "forward";
  if (name_ == "reverse") kind_ = Kind::Reverse;
  if (name_.starts_with("random")) {
    kind_ = Kind::Random;
    const bool given = name_.starts_with("random:");
    const unsigned seed = given ? static_cast<unsigned>(std::strtoul(text + 7, nullptr, 10)) : std::random_device{}();
    random_.seed(seed);
    name_ = "random:" + std::to_string(seed);
    if (!given) std::cout << "CUDA_SIM_ORDER=" << name_ << std::endl;
  } else if (kind_ == Kind::Forward && name_ != "forward") {
    std::cerr << "CUDA_SIM_ORDER: expected forward, reverse, random or random:SEED, got " << name_ << std::endl;
    std::abort();
  }
}

std::vector<int> Order::arrange(int n) {
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  if (kind_ == Kind::Reverse) std::reverse(order.begin(), order.end());
  if (kind_ == Kind::Random) std::shuffle(order.begin(), order.end(), random_);
  return order;
}

std::size_t Order::pick(std::size_t ready) { return kind_ == Kind::Random ? random_() % ready : 0; }

}  // namespace cuda_sim
