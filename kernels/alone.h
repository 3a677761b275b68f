#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/arena.h"
#include "kernels/elementwise.h"

/// What a request that is answered by itself is computed with (SequentialRecommender::answers_alone): f32 on the CPU,
/// in the calling thread, in memory of the caller's, with weights that were packed once. Matrices lie row after row.
/// Each gives the bits of the kernel of its name. Sizes are the caller's care: nothing is checked here.
namespace seqrec::kernels::alone {

/// Some ids for each of some rows.
using IdLists = std::span<const std::span<const std::int32_t>>;

/// y = activation(x weight^T + bias) for f32 weights [out, in] on the CPU that don't change any more: kernels::linear.
/// Where `in` is more than 8192, and that adds up parts of its sums in an order that depends on the number of rows,
/// last bits may differ from its.
class Linear {
 public:
  Linear() = default;
  /// An undefined bias adds nothing.
  Linear(const Tensor& weight, const Tensor& bias, Activation activation = {});

  std::int64_t in() const { return in_; }
  std::int64_t out() const { return out_; }
  /// x [rows, in], y [rows, out]; where strides are given, rows are so far apart. UsageError in another instruction
  /// set than it was packed for.
  void operator()(std::int64_t rows, const float* x, float* y) const { (*this)(rows, x, in_, y, out_); }
  void operator()(std::int64_t rows, const float* x, std::int64_t x_stride, float* y, std::int64_t y_stride) const;

 private:
  Tensor panels_, bias_;
  std::int64_t in_ = 0, out_ = 0, panel_ = 0;
  Activation activation_;
};

/// out[i] = row i of the ids.
void gather_rows(std::span<const std::int32_t> ids, const float* table, std::int64_t width, float* out);
/// out[i] = row . table[ids[i]].
void gather_dot(const float* row, std::span<const std::int32_t> ids, const float* table, std::int64_t width,
                float* out);
/// out[i] = row . table[i], i < n.
void dots(const float* row, std::int64_t n, const float* table, std::int64_t width, float* out, Arena& arena);
/// out = the sum of weights[i] table[ids[i]]; null ids are 0, 1, ...
void weighted_sum(std::int64_t n, const float* weights, const std::int32_t* ids, const float* table, std::int64_t width,
                  float* out);
/// y = softmax of x; y may be x.
void softmax(std::int64_t n, const float* x, float* y);
/// y += x.
void add(std::int64_t n, const float* x, float* y);
void unary(Unary op, std::int64_t n, const float* x, float* y);
/// y = scale x + shift.
void affine(double scale, double shift, std::int64_t n, const float* x, float* y);
/// y = a b.
void multiply(std::int64_t n, const float* a, const float* b, float* y);
/// y may be x.
void layer_norm(std::int64_t rows, std::int64_t width, const float* x, const float* gamma, const float* beta,
                double eps, float* y);

/// kernels::window_attention of one sequence: query j, of `queries`, looks at the first `first + j` of the keys. Rows
/// of q, k and v are `stride` apart, those of out `width`.
struct Attention {
  std::int64_t queries, first, width, heads, q_stride, kv_stride;
  const float *q, *k, *v;
};
void window_attention(const Attention& of, Arena& arena, float* out);

/// One step of kernels::gru for windows that all read the same input [3 width]: hidden [windows, 3 width] is W_hh h,
/// h [windows, width] becomes h'. Null scores are 1.
void gru_step(GruCell cell, std::int64_t windows, std::int64_t width, const float* scores, const float* input,
              const float* b_ih, const float* hidden, const float* b_hh, float* h);

/// scores[i] = vector . sigmoid(query + keys[ids[i]]).
void additive_scores(const float* query, std::span<const std::int32_t> ids, const float* keys, const float* vector,
                     std::int64_t width, float* scores);

/// kernels::gated_graph_cell. Lists of neighbours lie one after the other: those of node i end at ends[i].
struct Neighbours {
  std::span<const std::int32_t> rows, begins, ends;
};
/// Node i stands for row nodes[i] of incoming, outgoing, recurrent [rows, 3 width] and hidden [rows, width], and so do
/// its neighbours; out [nodes, width].
void gated_graph_cell(std::span<const std::int32_t> nodes, std::int64_t width, const float* incoming,
                      const Neighbours& from, const float* outgoing, const Neighbours& to, const float* bias,
                      const float* recurrent, const float* hidden, Arena& arena, float* out);

/// The best of the scores, as many as `values` and `places` have room for: best first, of equal ones the lower place;
/// of what there is no score for, -infinity and -1.
void topk(std::span<const float> scores, Arena& arena, std::span<float> values, std::int32_t* places);

/// kernels::score_topk for a contiguous table and as many rows as there are lists, at least one: hidden [rows,
/// table.size(1)], values and ids [rows, k].
void score_topk(const float* hidden, const Tensor& table, std::int64_t first, IdLists excluded, Arena& arena,
                std::span<float> values, std::int32_t* ids);

/// kernels::window_convolution_max for filters that don't change any more and windows padded with one row.
class ConvolutionMax {
 public:
  ConvolutionMax() = default;
  /// By ascending height, up to `length`, f32 filters [n, height, width] on the CPU; `padding` [width].
  ConvolutionMax(const std::vector<Tensor>& filters, const Tensor& padding, std::int64_t length);
  /// x [rows, width], the window's items, at most length; out [n filters].
  void operator()(std::int64_t rows, const float* x, Arena& arena, float* out) const;
  /// The same for windows that share the items x [rows, width], each by its rows: out [windows, n filters], `stride`
  /// apart.
  void operator()(std::int64_t rows, const float* x, IdLists windows, Arena& arena, float* out,
                  std::int64_t stride) const;

 private:
  struct Group {
    std::vector<std::int64_t> heights;
    std::int64_t height, columns;  // the tallest's; filters of all heights
    std::int64_t first;            // where its panels begin, tap after tap
    Tensor tails;                  // [height + 1, columns] what padding gives to the taps from there on
  };
  std::int64_t tap_elements(const Group& of) const;
  /// Where a filter over `rows` items may start: from the window's end on it sees padding alone, and one start stands
  /// for all of these.
  std::int64_t starts_of(std::int64_t height, std::int64_t rows) const {
    return (rows < length_ - height ? rows : length_ - height) + 1;
  }
  void multiply(const Group& of, std::int64_t tap, std::int64_t rows, const float* x, bool add, float* out,
                std::int64_t stride) const;
  void sum_taps(const Group& of, std::int64_t starts, std::int64_t rows, const float* x, Arena& arena,
                float* sums) const;
  void max_of_group(const Group& of, std::int64_t rows, float* sums, Arena& arena, float* out) const;

  std::int64_t length_ = 0, n_ = 0, width_ = 0, panel_ = 0;
  Tensor panels_;  // all of them, in the order in which they are read
  std::vector<Group> groups_;
};

}  // namespace seqrec::kernels::alone
