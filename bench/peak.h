#pragma once

#include "core/dtype.h"

/// What this processor can do at most with the instruction set and the threads in use, measured at the first call.
namespace seqrec::bench {

/// Multiply-adds in registers: floating operations per second.
double peak_flops(DType dtype);

/// memcpy that reads and writes `bytes` together: bytes per second. Small amounts stay in a cache.
double peak_bandwidth(double bytes);

}  // namespace seqrec::bench
