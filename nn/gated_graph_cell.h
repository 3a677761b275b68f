#pragma once

#include "core/graph.h"
#include "nn/linear.h"

namespace seqrec::nn {

/// One step of a gated graph network on a directed graph (Li et al. 2016), as SR-GNN has it (Wu et al., AAAI 2019,
/// eq. 1 to 5). With h the rows of `hidden`, for each node i of the graph:
///
///   in_i  = mean over its in-neighbours of (W_in h + b_in) + b_iah     (the mean of none is 0)
///   out_i = mean over its out-neighbours of (W_out h + b_out) + b_ioh
///   a GRU cell with input (in_i, out_i) and state h_i; gates r, z, n in PyTorch's order; h' = (1 - z) h + z n
///
/// Parameters by RecBole's names (its class GNN), drawn from U(+-1 / sqrt(width)): `w_ih` [3 width, 2 width], `w_hh`
/// [3 width, width], `b_ih`, `b_hh` [3 width], `b_iah`, `b_ioh` [width], `linear_edge_in`, `linear_edge_out`.
class GatedGraphCell : public Module {
 public:
  GatedGraphCell(Scope at, std::int64_t width);

  /// hidden [rows, width], by which the graph names its nodes; [nodes, width].
  Variable operator()(const Variable& hidden, const Graph& graph) const;

  /// From now on the parameters don't change, and graphs come one at a time, too.
  void freeze_alone();
  /// What the rows hidden [rows, width] give to a step, each [rows, 3 width].
  struct Products {
    float *incoming, *outgoing, *recurrent;
  };
  void multiply_alone(std::int64_t rows, const float* hidden, const Products& to) const;
  /// One graph, whose nodes and neighbours are named by rows: out [nodes, width].
  void alone(std::span<const std::int32_t> nodes, const kernels::alone::Neighbours& incoming,
             const kernels::alone::Neighbours& outgoing, const Products& products, const float* hidden, Arena& arena,
             float* out) const;

 private:
  /// What is made of the parameters alone: what a row hands on along edges, [3 width] of weights and biases, and what
  /// all nodes get.
  struct HandedOn {
    Variable weight, bias;
  };
  HandedOn handed_on(const Linear& edge, std::int64_t first) const;
  Variable shared_bias() const;

  Variable w_ih_, w_hh_, b_ih_, b_hh_, b_iah_, b_ioh_;
  Linear linear_edge_in_, linear_edge_out_;
  kernels::alone::Linear alone_in_, alone_out_, alone_recurrent_;  // once frozen
  Tensor alone_bias_;
};

}  // namespace seqrec::nn
