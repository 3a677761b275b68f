// Kernels whose fast form is not there yet: the reference's loops.
#include "kernels/dropout.h"
#include "kernels/norm.h"
#include "kernels/optimizer.h"

namespace seqrec::kernels::cpu {

// family: norm
void layer_norm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps, Tensor& y, Tensor& mean,
                Tensor& rstd) {
  reference::layer_norm(x, gamma, beta, eps, y, mean, rstd);
}
void layer_norm_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean, const Tensor& rstd,
                         const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  reference::layer_norm_backward(x, gamma, mean, rstd, grad_y, grad_x, grad_gamma, grad_beta);
}
void column_mean_var(const Tensor& x, Tensor& mean, Tensor& var) { reference::column_mean_var(x, mean, var); }
void batch_norm(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, const Tensor& beta,
                double eps, Tensor& y) {
  reference::batch_norm(x, mean, var, gamma, beta, eps, y);
}
void batch_norm_backward(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& gamma, double eps,
                         const Tensor& grad_y, Tensor& grad_x, Tensor& grad_gamma, Tensor& grad_beta) {
  reference::batch_norm_backward(x, mean, var, gamma, eps, grad_y, grad_x, grad_gamma, grad_beta);
}
// end: norm

// family: dropout
void dropout(const Tensor& x, double p, RandomStream stream, std::uint64_t offset, Tensor& y) {
  reference::dropout(x, p, stream, offset, y);
}
// end: dropout

// family: optimizer
void sgd_step(const SgdOptions& options, std::int64_t step, const Tensor& grad, const Index& rows, Tensor& parameter,
              Tensor& moment) {
  reference::sgd_step(options, step, grad, rows, parameter, moment);
}
void adam_step(const AdamOptions& options, std::int64_t step, const Tensor& grad, const Index& rows, Tensor& parameter,
               Tensor& m, Tensor& v) {
  reference::adam_step(options, step, grad, rows, parameter, m, v);
}
void adagrad_step(const AdagradOptions& options, const Tensor& grad, const Index& rows, Tensor& parameter,
                  Tensor& sum) {
  reference::adagrad_step(options, grad, rows, parameter, sum);
}
void rmsprop_step(const RmspropOptions& options, const Tensor& grad, const Index& rows, Tensor& parameter,
                  Tensor& square_average) {
  reference::rmsprop_step(options, grad, rows, parameter, square_average);
}
// end: optimizer

}  // namespace seqrec::kernels::cpu
