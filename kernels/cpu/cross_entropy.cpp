#include "kernels/cross_entropy.h"

#include "kernels/copy.h"
#include "kernels/cpu/normaliser.h"
#include "kernels/cpu/ranges.h"
#include "kernels/visit.h"

namespace seqrec::kernels::cpu {

void cross_entropy(const Tensor& logits, const Index& targets, Tensor& losses) {
  visit_real(logits.dtype(), "cross_entropy", [&](auto t) {
    using T = decltype(t);
    const Tensor rows = contiguous(logits);
    const std::int64_t classes = rows.size(1);
    for_rows(rows.size(0), classes, [&](std::int64_t i) {
      const T* x = rows.data<T>() + i * classes;
      Normaliser<T> normaliser;
      normaliser.add(classes, x);
      losses.data<T>()[i] = normaliser.loss(x[targets[i]]);
    });
  });
}

void cross_entropy_backward(const Tensor& logits, const Index& targets, const Tensor& grad_losses,
                            Tensor& grad_logits) {
  visit_real(logits.dtype(), "cross_entropy_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor rows = contiguous(logits), factors = contiguous(grad_losses);
    const std::int64_t classes = rows.size(1);
    for_rows(rows.size(0), classes, [&](std::int64_t i) {
      const T* x = rows.data<T>() + i * classes;
      T* grad = grad_logits.data<T>() + i * classes;
      const T factor = factors.data<T>()[i];
      Normaliser<T> normaliser;
      normaliser.add(classes, x, grad);
      // Before the scaling: the target's exp - sum is exact to the last places where the softmax is near 1.
      grad[targets[i]] -= static_cast<T>(normaliser.sum);
      row_scale<T>(classes, static_cast<T>(factor / normaliser.sum), grad, grad);
    });
  });
}

void binary_cross_entropy(const Tensor& logits, const Tensor& targets, Tensor& losses) {
  visit_real(logits.dtype(), "binary_cross_entropy", [&](auto t) {
    using T = decltype(t);
    const Tensor x = contiguous(logits), target = contiguous(targets);
    for_ranges(x.numel(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
      row_logistic_loss<T>(end - begin, x.data<T>() + begin, target.data<T>() + begin, losses.data<T>() + begin);
    });
  });
}

void binary_cross_entropy_backward(const Tensor& logits, const Tensor& targets, const Tensor& grad_losses,
                                   Tensor& grad_logits) {
  visit_real(logits.dtype(), "binary_cross_entropy_backward", [&](auto t) {
    using T = decltype(t);
    const Tensor x = contiguous(logits), target = contiguous(targets), grad = contiguous(grad_losses);
    for_ranges(x.numel(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
      row_logistic_loss_backward<T>(end - begin, x.data<T>() + begin, target.data<T>() + begin, grad.data<T>() + begin,
                                    grad_logits.data<T>() + begin);
    });
  });
}

}  // namespace seqrec::kernels::cpu
