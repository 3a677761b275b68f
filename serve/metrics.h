#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace seqrec::serve {

/// Numbers counted by the bucket they fall into, as Prometheus' histograms have them.
class Histogram {
 public:
  void add(double seconds);
  /// Lines NAME_bucket{le="..."}, NAME_sum and NAME_count.
  std::string text(const std::string& name) const;

 private:
  static constexpr std::array kBounds = {1e-4,   2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2,
                                         2.5e-2, 5e-2,   0.1,  0.25, 1.,     10.};
  std::array<std::int64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;
};

/// What a server counts, in Prometheus' text format 0.0.4.
class Metrics {
 public:
  void add_request(const std::string& endpoint, int status, double seconds);
  /// One that was refused before it was whole, and has no duration.
  void add_refused(const std::string& endpoint, int status) { ++requests_[{endpoint, status}]; }
  void add_batch(double queued, double computed);
  void add_reload(bool good);
  /// The gauges are what the server says of itself now.
  std::string text(std::size_t queued, std::size_t connections, bool ready) const;

 private:
  std::map<std::pair<std::string, int>, std::int64_t> requests_;
  Histogram total_, queue_, compute_;
  std::int64_t good_reloads_ = 0, bad_reloads_ = 0;
};

}  // namespace seqrec::serve
