#include "bench/kernel_cases.h"
#include "kernels/window.h"

namespace seqrec::bench {

void add_window_cases(Cases& cases) {
  using namespace kernels;
  static const Windows windows = prefixes(kRows);
  static const Index rows = ids(windows.values(), kClasses);
  const std::int64_t values = windows.values(), entries = windows.entries();
  const std::string shape = concat(kRows, " windows, ", entries, " entries");
  // A window's values are read once per entry; what is shared stays in the cache.
  const double scalars = floats(2.0 * static_cast<double>(entries)),
               vectors = floats(static_cast<double>(entries) * kWidth);
  const auto add = [&](const char* name, double bytes, auto prepare) {
    cases.push_back({name, shape, 0, bytes, prepare});
  };

  add("window_softmax", scalars, [=] {
    return [=, logits = numbers({values}), weights = empty({entries})]() mutable {
      window_softmax(logits, windows, weights);
    };
  });
  add("window_softmax_backward", scalars, [=] {
    return [=, weights = numbers({entries}), grad = empty({values})]() mutable {
      window_softmax_backward(weights, weights, windows, grad);
    };
  });
  add("window_weighted_sum", vectors, [=] {
    return [=, weights = numbers({entries}), table = numbers({kClasses, kWidth}),
            out = empty({kRows, kWidth})]() mutable { window_weighted_sum(weights, table, rows, windows, out); };
  });
  add("window_weighted_sum_backward_weights", vectors, [=] {
    return [=, grad = numbers({kRows, kWidth}), table = numbers({kClasses, kWidth}),
            grad_weights = empty({entries})]() mutable {
      window_weighted_sum_backward_weights(grad, table, rows, windows, grad_weights);
    };
  });
  add("window_weighted_sum_backward_table", vectors, [=] {
    return [=, grad = numbers({kRows, kWidth}), weights = numbers({entries}),
            grad_table = empty({kClasses, kWidth})]() mutable {
      window_weighted_sum_backward_table(grad, weights, rows, windows, grad_table);
    };
  });
  add("window_sum", vectors, [=] {
    return [=, x = numbers({values, kWidth}), out = empty({kRows, kWidth})]() mutable {
      window_sum(x, windows, true, out);
    };
  });
  add("window_sum_backward", vectors, [=] {
    return [=, grad = numbers({kRows, kWidth}), grad_values = empty({values, kWidth})]() mutable {
      window_sum_backward(grad, windows, true, grad_values);
    };
  });
  add("window_max", vectors, [=] {
    return [=, x = numbers({values, kWidth}), out = empty({kRows, kWidth}),
            argmax = empty({kRows, kWidth}, DType::I32)]() mutable { window_max(x, windows, out, argmax); };
  });
  add("window_max_backward", floats(2.0 * kRows * kWidth), [=] {
    Tensor out = empty({kRows, kWidth}), argmax = empty({kRows, kWidth}, DType::I32);
    window_max(numbers({values, kWidth}), windows, out, argmax);
    return [=, grad = out, grad_values = empty({values, kWidth})]() mutable {
      window_max_backward(grad, argmax, windows, grad_values);
    };
  });
  add("window_last", floats(2.0 * kRows * kWidth), [=] {
    return [=, x = numbers({values, kWidth}), out = empty({kRows, kWidth})]() mutable { window_last(x, windows, out); };
  });
  add("window_last_backward", floats(2.0 * kRows * kWidth), [=] {
    return [=, grad = numbers({kRows, kWidth}), grad_values = empty({values, kWidth})]() mutable {
      window_last_backward(grad, windows, grad_values);
    };
  });
}

}  // namespace seqrec::bench
