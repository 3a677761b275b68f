#include "kernels/gru.h"

#include "kernels/cpu/reference/arrays.h"

namespace seqrec::kernels::reference {
namespace {

/// c, the share of the new state, and its derivatives by z and by a.
struct Share {
  Row c, by_z, by_a;
};

Share share_of(GruCell cell, double a, const Row& z) {
  const Row zero = 0 * z, one = zero + 1;
  switch (cell) {
    case GruCell::AGru: return {zero + a, zero, one};
    case GruCell::AuGru: return {a * z, zero + a, z};
    case GruCell::AuGruAuthor: return {1 - (1 - a) * z, zero - (1 - a), z};
    case GruCell::Gru:
    case GruCell::AiGru: break;
  }
  return {1 - z, -one, zero};
}

Column scores_of(GruCell cell, const Tensor& scores, std::int64_t entries) {
  return cell == GruCell::Gru ? Column(Column::Ones(entries)) : column(scores);
}

}  // namespace

void gru(GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows, const Tensor& w_hh,
         const Tensor& b_ih, const Tensor& b_hh, Tensor& states, Tensor& gates) {
  const std::int64_t width = states.size(1);
  const Array x = matrix(input), w = matrix(w_hh).transpose();
  const Row bi = row(b_ih), bh = row(b_hh);
  const Column score = scores_of(cell, scores, windows.entries());
  Array to(windows.entries(), width), kept(windows.entries(), 4 * width);
  std::int64_t e = 0;
  for (std::int64_t window = 0; window < windows.size(); ++window) {
    Row h = Row::Zero(width);
    for (std::int64_t v = windows.begin()[window]; v < windows.end()[window]; ++v, ++e) {
      const Row gi = (cell == GruCell::AiGru ? score(e) : 1) * x.row(v) + bi;
      const Row gh = product(h, w) + bh;
      const Row r = (gi + gh).head(width).unaryExpr(&sigmoid);
      const Row z = (gi + gh).segment(width, width).unaryExpr(&sigmoid);
      const Row n = (gi.tail(width) + r * gh.tail(width)).unaryExpr(&tanh);
      const Row c = share_of(cell, score(e), z).c;
      h = (1 - c) * h + c * n;
      to.row(e) = h;
      kept.row(e) = beside({r, z, n, gh.tail(width)});
    }
  }
  write(states, to);
  if (gates.defined()) write(gates, kept);
}

void gru_backward(GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows, const Tensor& w_hh,
                  const Tensor& states, const Tensor& gates, const Tensor& grad_states, Tensor& grad_input,
                  Tensor& grad_scores, Tensor& grad_w_hh, Tensor& grad_b_ih, Tensor& grad_b_hh) {
  const std::int64_t width = states.size(1);
  const Array x = matrix(input), w = matrix(w_hh), h = matrix(states), kept = matrix(gates), from = matrix(grad_states);
  const Column score = scores_of(cell, scores, windows.entries());
  Array dx = Array::Zero(x.rows(), 3 * width), dw = Array::Zero(3 * width, width);
  Row dbi = Row::Zero(3 * width), dbh = dbi;
  Column da = Column::Zero(windows.entries());
  for (std::int64_t window = 0; window < windows.size(); ++window) {
    const std::int64_t first = windows.begin()[window];
    Row dh = Row::Zero(width);
    for (std::int64_t v = windows.end()[window] - 1; v >= first; --v) {
      const std::int64_t e = windows.offsets()[window] + v - first;
      const Row r = kept.row(e).head(width), z = kept.row(e).segment(width, width);
      const Row n = kept.row(e).segment(2 * width, width), hn = kept.row(e).tail(width);
      Row before = Row::Zero(width);
      if (v > first) before = h.row(e - 1);
      const Share share = share_of(cell, score(e), z);
      const Row g = from.row(e) + dh, dc = g * (n - before);
      const Row dn = g * share.c * (1 - n.square()), dr = dn * hn * r * (1 - r);
      const Row dz = dc * share.by_z * z * (1 - z);
      const Row gi = beside({dr, dz, dn}), gh = beside({dr, dz, dn * r});
      dx.row(v) += (cell == GruCell::AiGru ? score(e) : 1) * gi;
      da(e) = cell == GruCell::AiGru ? (gi * x.row(v)).sum() : (dc * share.by_a).sum();
      dbi += gi;
      dbh += gh;
      dw += product(gh.transpose(), before);
      dh = g * (1 - share.c) + product(gh, w);
    }
  }
  write(grad_input, dx);
  if (cell != GruCell::Gru) write(grad_scores, da);
  write(grad_w_hh, dw);
  write(grad_b_ih, dbi);
  write(grad_b_hh, dbh);
}

}  // namespace seqrec::kernels::reference
