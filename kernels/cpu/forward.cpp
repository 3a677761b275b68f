// Kernels whose fast form is not there yet: the reference's loops.
#include "kernels/dropout.h"
#include "kernels/embedding.h"
#include "kernels/norm.h"
#include "kernels/optimizer.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"
#include "kernels/window.h"

namespace seqrec::kernels::cpu {

// family: reduce
void sum(const Tensor& x, Tensor& out) { reference::sum(x, out); }
void max_last(const Tensor& x, Tensor& out, Tensor& index) { reference::max_last(x, out, index); }
void max_last_backward(const Tensor& grad_out, const Tensor& index, Tensor& grad_x) {
  reference::max_last_backward(grad_out, index, grad_x);
}
void sum_of_squares(const Tensor& x, Tensor& out) { reference::sum_of_squares(x, out); }
void l2_norm_backward(const Tensor& x, const Tensor& norm, const Tensor& grad_norm, Tensor& grad_x) {
  reference::l2_norm_backward(x, norm, grad_norm, grad_x);
}
void any_nonfinite(const Tensor& x, Tensor& out) { reference::any_nonfinite(x, out); }
// end: reduce

// family: softmax
void softmax(const Tensor& x, Tensor& y) { reference::softmax(x, y); }
void softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  reference::softmax_backward(y, grad_y, grad_x);
}
void log_softmax(const Tensor& x, Tensor& y) { reference::log_softmax(x, y); }
void log_softmax_backward(const Tensor& y, const Tensor& grad_y, Tensor& grad_x) {
  reference::log_softmax_backward(y, grad_y, grad_x);
}
// end: softmax

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

// family: embedding
void gather_rows(const Tensor& table, const Index& ids, Tensor& out) { reference::gather_rows(table, ids, out); }
void sum_rows_by_id(const Tensor& grad, const Index& ids, Tensor& out) { reference::sum_rows_by_id(grad, ids, out); }
void add_rows(const Tensor& rows, const Index& ids, Tensor& dense) { reference::add_rows(rows, ids, dense); }
void gather_dot(const Tensor& a, const Index& a_ids, const Tensor& b, const Index& b_ids, Tensor& out) {
  reference::gather_dot(a, a_ids, b, b_ids, out);
}
void gather_dot_backward(const Tensor& grad_out, const Index& a_ids, const Tensor& b, const Index& b_ids,
                         Tensor& grad_a) {
  reference::gather_dot_backward(grad_out, a_ids, b, b_ids, grad_a);
}
// end: embedding

// family: window
void window_softmax(const Tensor& logits, const Windows& windows, Tensor& weights) {
  reference::window_softmax(logits, windows, weights);
}
void window_softmax_backward(const Tensor& weights, const Tensor& grad_weights, const Windows& windows,
                             Tensor& grad_logits) {
  reference::window_softmax_backward(weights, grad_weights, windows, grad_logits);
}
void window_weighted_sum(const Tensor& weights, const Tensor& table, const Index& rows, const Windows& windows,
                         Tensor& out) {
  reference::window_weighted_sum(weights, table, rows, windows, out);
}
void window_weighted_sum_backward_weights(const Tensor& grad_out, const Tensor& table, const Index& rows,
                                          const Windows& windows, Tensor& grad_weights) {
  reference::window_weighted_sum_backward_weights(grad_out, table, rows, windows, grad_weights);
}
void window_weighted_sum_backward_table(const Tensor& grad_out, const Tensor& weights, const Index& rows,
                                        const Windows& windows, Tensor& grad_table) {
  reference::window_weighted_sum_backward_table(grad_out, weights, rows, windows, grad_table);
}
void window_sum(const Tensor& values, const Windows& windows, bool mean, Tensor& out) {
  reference::window_sum(values, windows, mean, out);
}
void window_sum_backward(const Tensor& grad_out, const Windows& windows, bool mean, Tensor& grad_values) {
  reference::window_sum_backward(grad_out, windows, mean, grad_values);
}
void window_max(const Tensor& values, const Windows& windows, Tensor& out, Tensor& argmax) {
  reference::window_max(values, windows, out, argmax);
}
void window_max_backward(const Tensor& grad_out, const Tensor& argmax, Tensor& grad_values) {
  reference::window_max_backward(grad_out, argmax, grad_values);
}
void window_last(const Tensor& values, const Windows& windows, Tensor& out) {
  reference::window_last(values, windows, out);
}
void window_last_backward(const Tensor& grad_out, const Windows& windows, Tensor& grad_values) {
  reference::window_last_backward(grad_out, windows, grad_values);
}
// end: window

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
