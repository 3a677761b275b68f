#include "kernels/alone.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/copy.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/simd/additive_scores.h"
#include "kernels/cpu/simd/elementwise.h"
#include "kernels/cpu/simd/gather.h"
#include "kernels/cpu/simd/graph.h"
#include "kernels/cpu/simd/gru.h"
#include "kernels/cpu/simd/norm.h"
#include "kernels/cpu/simd/rows.h"
#include "kernels/cpu/simd/softmax.h"

namespace seqrec::kernels::alone {

[[gnu::cold]] Linear::Linear(const Tensor& weight, const Tensor& bias, Activation activation)
    : in_(weight.size(1)), out_(weight.size(0)), panel_(cpu::panel_width<float>()), activation_(activation) {
  panels_ = Tensor({(out_ + panel_ - 1) / panel_ * panel_ * in_});
  cpu::fill_panels<float>(in_, 0, out_, cpu::strided<float>(weight.transpose(0, 1)), panels_.data<float>());
  if (bias.defined()) bias_ = contiguous(bias);
}

void Linear::operator()(std::int64_t rows, const float* x, std::int64_t x_stride, float* y,
                        std::int64_t y_stride) const {
  require<UsageError>(panel_ == cpu::panel_width<float>(), "weights were packed for another instruction set");
  cpu::multiply_panels<float>(rows, out_, in_, 1.0f, {x, x_stride, 1}, panels_.data<float>(), false, y, y_stride);
  if (!bias_.defined() && !activation_) return;
  for (std::int64_t i = 0; i < rows; ++i, y += y_stride) {
    if (bias_.defined()) cpu::row_add<float>(out_, bias_.data<float>(), y);
    if (activation_) cpu::unary_loop<float>(*activation_, out_, y, y);
  }
}

void gather_rows(std::span<const std::int32_t> ids, const float* table, std::int64_t width, float* out) {
  const std::size_t bytes = static_cast<std::size_t>(width) * sizeof(float);
  for (const std::int32_t id : ids) {
    std::memcpy(out, table + id * width, bytes);
    out += width;
  }
}

void gather_dot(const float* row, std::span<const std::int32_t> ids, const float* table, std::int64_t width,
                float* out) {
  cpu::dot_rows<float>(std::ssize(ids), row, ids.data(), table, width, out);
}

void dots(const float* row, std::int64_t n, const float* table, std::int64_t width, float* out, Arena& arena) {
  const Arena::Scope scope(arena);
  const std::span<std::int32_t> places = arena.take<std::int32_t>(n);
  for (std::int32_t i = 0; i < n; ++i) places[static_cast<std::size_t>(i)] = i;
  gather_dot(row, places, table, width, out);
}

void weighted_sum(std::int64_t n, const float* weights, const std::int32_t* ids, const float* table, std::int64_t width,
                  float* out) {
  cpu::sum_rows<float>(n, nullptr, weights, ids, table, width, out);
}

void softmax(std::int64_t n, const float* x, float* y) { cpu::softmax_row<float>(n, x, y); }
void add(std::int64_t n, const float* x, float* y) { cpu::row_add<float>(n, x, y); }
void unary(Unary op, std::int64_t n, const float* x, float* y) { cpu::unary_loop<float>(op, n, x, y); }

void affine(double scale, double shift, std::int64_t n, const float* x, float* y) {
  cpu::affine_loop<float>(static_cast<float>(scale), static_cast<float>(shift), n, x, y);
}
void multiply(std::int64_t n, const float* a, const float* b, float* y) { cpu::row_multiply<float>(n, a, b, y); }

void gru_step(GruCell cell, std::int64_t windows, std::int64_t width, const float* scores, const float* input,
              const float* b_ih, const float* hidden, const float* b_hh, float* h) {
  for (std::int64_t i = 0; i < windows; ++i)
    cpu::gru_step<float>(cell, width, scores ? scores[i] : 1.0f, input, b_ih, hidden + i * 3 * width, b_hh,
                         h + i * width, nullptr);
}

void layer_norm(std::int64_t rows, std::int64_t width, const float* x, const float* gamma, const float* beta,
                double eps, float* y) {
  for (std::int64_t i = 0; i < rows; ++i)
    cpu::layer_norm_row<float>(width, x + i * width, gamma, beta, eps, y + i * width);
}

void additive_scores(const float* query, std::span<const std::int32_t> ids, const float* keys, const float* vector,
                     std::int64_t width, float* scores) {
  cpu::additive_scores<float>(std::ssize(ids), query, ids.data(), keys, vector, width, scores);
}

void gated_graph_cell(std::span<const std::int32_t> nodes, std::int64_t width, const float* incoming,
                      const Neighbours& from, const float* outgoing, const Neighbours& to, const float* bias,
                      const float* recurrent, const float* hidden, Arena& arena, float* out) {
  const Arena::Scope scope(arena);
  float* gates = arena.take<float>(3 * width).data();
  const auto mean_of = [](const float* table, const Neighbours& of, std::size_t node) -> cpu::MeanOf<float> {
    return {table, of.rows.data() + of.begins[node], of.ends[node] - of.begins[node]};
  };
  for (std::size_t i = 0; i < nodes.size(); ++i, out += width)
    cpu::graph_cell_node<float>(width, mean_of(incoming, from, i), mean_of(outgoing, to, i), bias,
                                recurrent + nodes[i] * 3 * width, hidden + nodes[i] * width, gates, out);
}

}  // namespace seqrec::kernels::alone
