#pragma once

#include <cstdint>
#include <random>
#include <vector>

/// Synthetic sessions of clicks: the lengths of sessions and how often an item is clicked are drawn from two power laws
/// (Kersbergen, Sprangers, Schelter: "ETUDE: Evaluating the Inference Latency of Session-Based Recommendation Models at
/// Scale", ICDE 2024, algorithm 1).
class Clicks {
 public:
  struct Exponents {
    double clicks = 3.65;  ///< of bol.com, in ETUDE's load generator
    double length = 2.2;   ///< a mean of 6, where bol.com's is 5.6
  };
  static constexpr int kLongest = 50;  ///< clicks of a session

  Clicks(std::int64_t items, Exponents exponents, std::uint64_t seed);

  /// A session's items, 1 to the number of items, in order.
  std::vector<std::int64_t> session();

 private:
  /// A number of 1 and above.
  double power_law(double exponent);

  Exponents exponents_;
  std::mt19937_64 random_;
  std::vector<double> clicked_;  ///< [items]: clicks of an item and of all before it
};
