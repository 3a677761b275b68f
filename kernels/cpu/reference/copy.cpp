#include "kernels/copy.h"

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

void copy(const Tensor& source, Tensor& out) {
  visit_any(source.dtype(), [&](auto from) {
    visit_any(out.dtype(), [&](auto to) {
      const Elements<decltype(from)> x(source);
      const Elements<decltype(to)> y(out);
      for (std::int64_t i = 0; i < y.size(); ++i) y[i] = static_cast<decltype(to)>(x[i]);
    });
  });
}

void fill(double value, Tensor& out) {
  visit_any(out.dtype(), [&](auto t) {
    const Elements<decltype(t)> y(out);
    for (std::int64_t i = 0; i < y.size(); ++i) y[i] = static_cast<decltype(t)>(value);
  });
}

}  // namespace seqrec::kernels::reference
