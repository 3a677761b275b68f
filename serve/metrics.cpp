#include "serve/metrics.h"

#include <algorithm>

#include "core/error.h"
#include "core/json.h"

namespace seqrec::serve {
namespace {

std::string head(const char* name, const char* type, const char* help) {
  return concat("# HELP ", name, ' ', help, "\n# TYPE ", name, ' ', type, '\n');
}

}  // namespace

void Histogram::add(double seconds) {
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++counts_[static_cast<std::size_t>(bucket - kBounds.begin())];
  sum_ += seconds;
}

std::string Histogram::text(const std::string& name) const {
  std::string out;
  std::int64_t count = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i)
    out += concat(name, "_bucket{le=\"", Json(kBounds[i]).dump(), "\"} ", count += counts_[i], '\n');
  count += counts_.back();
  return out + concat(name, "_bucket{le=\"+Inf\"} ", count, '\n', name, "_sum ", Json(sum_).dump(), '\n', name,
                      "_count ", count, '\n');
}

void Metrics::add_request(const std::string& endpoint, int status, double seconds) {
  ++requests_[{endpoint, status}];
  total_.add(seconds);
}

void Metrics::add_batch(double queued, double computed) {
  queue_.add(queued);
  compute_.add(computed);
}

void Metrics::add_reload(bool good) { ++(good ? good_reloads_ : bad_reloads_); }

std::string Metrics::text(std::size_t queued, std::size_t connections, bool ready) const {
  std::string out = head("seqrec_requests_total", "counter", "Requests by path and the status of their answer.");
  for (const auto& [of, count] : requests_)
    out += concat("seqrec_requests_total{endpoint=\"", of.first, "\",status=\"", of.second, "\"} ", count, '\n');
  out += head("seqrec_request_seconds", "histogram", "From a request's last byte to its answer.");
  out += total_.text("seqrec_request_seconds");
  out += head("seqrec_queue_seconds", "histogram", "What a request waited for a worker.");
  out += queue_.text("seqrec_queue_seconds");
  out += head("seqrec_compute_seconds", "histogram", "What the batch of a request was computed on.");
  out += compute_.text("seqrec_compute_seconds");
  out +=
      head("seqrec_reloads_total", "counter", "Model files that were opened anew; a broken one leaves the old model.");
  out += concat("seqrec_reloads_total{result=\"good\"} ", good_reloads_, '\n');
  out += concat("seqrec_reloads_total{result=\"broken\"} ", bad_reloads_, '\n');
  out += head("seqrec_queued_requests", "gauge", "Requests that wait for a worker.");
  out += concat("seqrec_queued_requests ", queued, '\n');
  out += head("seqrec_connections", "gauge", "Open connections.");
  out += concat("seqrec_connections ", connections, '\n');
  out += head("seqrec_ready", "gauge", "1 while the server takes requests, 0 while it ends.");
  return out + concat("seqrec_ready ", int{ready}, '\n');
}

}  // namespace seqrec::serve
