#pragma once

#include <cstdint>
#include <functional>

namespace seqrec {

/// Threads that parallel_for uses, the caller's included; 1 at the start. Threads are made when first needed.
/// Must not be called while a parallel_for runs.
void set_num_threads(int threads);
int num_threads();

/// Calls `body(begin, end)` for consecutive ranges of [0, n), `grain` elements each (the last may be shorter). The
/// partition depends on n and grain alone, never on the number of threads, so a result that depends on the partition is
/// the same on any machine. Ranges run in any order, at the same time. The first exception is rethrown in the caller.
/// Within a body, and while another thread of the caller's program is using the pool, ranges run one after the other in
/// the calling thread: calls may be nested and come from several threads. After fork() a child has threads of its own.
void parallel_for(std::int64_t n, std::int64_t grain, const std::function<void(std::int64_t, std::int64_t)>& body);

/// Number of ranges that parallel_for(n, grain) makes; range i is [i * grain, min(n, (i + 1) * grain)).
constexpr std::int64_t num_ranges(std::int64_t n, std::int64_t grain) { return n <= 0 ? 0 : (n + grain - 1) / grain; }

}  // namespace seqrec
