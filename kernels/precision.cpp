#include "kernels/precision.h"

#include <atomic>

namespace seqrec::kernels {

static std::atomic<ProductPrecision> active_precision{ProductPrecision::F32};

ProductPrecision product_precision() { return active_precision.load(std::memory_order_relaxed); }

ProductPrecisionScope::ProductPrecisionScope(ProductPrecision precision)
    : previous_(active_precision.exchange(precision)) {}
ProductPrecisionScope::~ProductPrecisionScope() { active_precision = previous_; }

}  // namespace seqrec::kernels
