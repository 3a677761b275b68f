#pragma once

#include "core/graph.h"
#include "kernels/kernel.h"

namespace seqrec::kernels {

/// The gated graph cell (Li et al. 2016; SR-GNN eq. 1 to 5) with its products taken out: a GRU cell whose input is the
/// mean of what a node's neighbours hand on. Tables of `rows` rows, three parts (r, z, n) of `width` side by side:
/// `incoming` and `outgoing` [rows, 3 width], what a row hands on to the nodes that it is an in- (out-) neighbour of;
/// `recurrent` [rows, 3 width], what it keeps; `hidden` [rows, width]; `bias` [3 width]. For node i of row m:
///
///   a = bias + mean of incoming[u], u in-neighbours + mean of outgoing[u], u out-neighbours   (0 without neighbours)
///   r = sigmoid(a_r + recurrent[m]_r), z = sigmoid(a_z + recurrent[m]_z), n = tanh(a_n + r recurrent[m]_n)
///   out[i] = (1 - z) hidden[m] + z n
///
/// out [nodes, width]; gates [nodes, 3 width] gets r, z, n for the gradient.
SEQREC_KERNEL(gated_graph_cell, const Tensor& incoming, const Tensor& outgoing, const Tensor& recurrent,
              const Tensor& hidden, const Tensor& bias, const Graph& graph, Tensor& gates, Tensor& out)

/// The gradients of all five, every row written. With d = (d_r, d_z, d_n) of each node,
///   d_n = grad_out z (1 - n^2), d_z = grad_out (n - hidden[m]) z (1 - z), d_r = d_n recurrent[m]_n r (1 - r):
/// grad_bias = sum of d; grad_incoming[u] = sum of d[i] / (in-neighbours of i) over the edges u -> i, in order, and
/// grad_outgoing alike; grad_recurrent[m] = sum over the nodes of row m of (d_r, d_z, r d_n), grad_hidden[m] of
/// (1 - z) grad_out.
SEQREC_KERNEL(gated_graph_cell_backward, const Tensor& grad_out, const Tensor& recurrent, const Tensor& hidden,
              const Tensor& gates, const Graph& graph, Tensor& grad_incoming, Tensor& grad_outgoing,
              Tensor& grad_recurrent, Tensor& grad_hidden, Tensor& grad_bias)

}  // namespace seqrec::kernels
