#include "kernels/gru.h"

#include <cmath>
#include <vector>

#include "kernels/cpu/reference/elements.h"

namespace seqrec::kernels::reference {

/// c, the share of the new state.
static double share_of(GruCell cell, double a, double z) {
  switch (cell) {
    case GruCell::AGru: return a;
    case GruCell::AuGru: return a * z;
    case GruCell::AuGruAuthor: return 1 - (1 - a) * z;
    case GruCell::Gru:
    case GruCell::AiGru: break;
  }
  return 1 - z;
}

void gru(GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows, const Tensor& w_hh,
         const Tensor& b_ih, const Tensor& b_hh, Tensor& states, Tensor& gates) {
  visit_float(input.dtype(), "gru", [&](auto t) {
    using T = decltype(t);
    const Elements<T> x(input), w(w_hh), bi(b_ih), bh(b_hh), to(states);
    const std::int64_t width = states.size(1);
    std::int64_t e = 0;
    for (std::int64_t window = 0; window < windows.size(); ++window) {
      std::vector<double> h(width), next = h;
      const auto place = static_cast<std::size_t>(window);
      for (std::int64_t v = windows.begin()[place]; v < windows.end()[place]; ++v, ++e) {
        const double a = cell == GruCell::Gru ? 1 : Elements<T>(scores)(e);
        const double scale = cell == GruCell::AiGru ? a : 1;
        for (std::int64_t j = 0; j < width; ++j) {
          double gi[3], gh[3];
          for (std::int64_t g = 0; g < 3; ++g) {
            gi[g] = scale * x(v, g * width + j) + bi(g * width + j);
            gh[g] = bh(g * width + j);
            for (std::int64_t i = 0; i < width; ++i) gh[g] += w(g * width + j, i) * h[i];
          }
          const double r = sigmoid(gi[0] + gh[0]), z = sigmoid(gi[1] + gh[1]), n = std::tanh(gi[2] + r * gh[2]);
          const double c = share_of(cell, a, z);
          next[j] = (1 - c) * h[j] + c * n;
          to(e, j) = static_cast<T>(next[j]);
          if (!gates.defined()) continue;
          const Elements<T> kept(gates);
          const double values[] = {r, z, n, gh[2]};
          for (std::int64_t g = 0; g < 4; ++g) kept(e, g * width + j) = static_cast<T>(values[g]);
        }
        h = next;
      }
    }
  });
}

void gru_backward(GruCell cell, const Tensor& input, const Tensor& scores, const Windows& windows, const Tensor& w_hh,
                  const Tensor& states, const Tensor& gates, const Tensor& grad_states, Tensor& grad_input,
                  Tensor& grad_scores, Tensor& grad_w_hh, Tensor& grad_b_ih, Tensor& grad_b_hh) {
  visit_float(input.dtype(), "gru_backward", [&](auto t) {
    using T = decltype(t);
    const Elements<T> x(input), w(w_hh), h(states), kept(gates), from(grad_states);
    const std::int64_t width = states.size(1);
    const auto at = [](std::int64_t i) { return static_cast<std::size_t>(i); };
    std::vector<double> dx(at(grad_input.numel())), da(at(windows.entries())), dw(at(w_hh.numel())), dbi(at(3 * width)),
        dbh(at(3 * width));
    for (std::int64_t window = 0; window < windows.size(); ++window) {
      std::vector<double> dh(at(width));
      const std::int64_t first = windows.begin()[at(window)];
      for (std::int64_t v = windows.end()[at(window)] - 1; v >= first; --v) {
        const std::int64_t e = windows.offsets()[at(window)] + v - first;
        const double a = cell == GruCell::Gru ? 1 : Elements<T>(scores)(e);
        const double scale = cell == GruCell::AiGru ? a : 1;
        std::vector<double> back(at(width));  // the gradient of the state before
        for (std::int64_t j = 0; j < width; ++j) {
          const double r = kept(e, j), z = kept(e, width + j), n = kept(e, 2 * width + j), hn = kept(e, 3 * width + j);
          const double before = v > first ? h(e - 1, j) : 0, g = from(e, j) + dh[at(j)];
          const double c = share_of(cell, a, z), dc = g * (n - before);
          double dz = -dc;
          if (cell == GruCell::AGru) {
            dz = 0;
            da[at(e)] += dc;
          } else if (cell == GruCell::AuGru) {
            dz = a * dc;
            da[at(e)] += z * dc;
          } else if (cell == GruCell::AuGruAuthor) {
            dz = -(1 - a) * dc;
            da[at(e)] += z * dc;
          }
          const double dn = g * c * (1 - n * n);
          const double gi[] = {dn * hn * r * (1 - r), dz * z * (1 - z), dn}, gh[] = {gi[0], gi[1], dn * r};
          back[at(j)] += g * (1 - c);
          for (std::int64_t k = 0; k < 3; ++k) {
            const std::int64_t row = k * width + j;
            dx[at(v * 3 * width + row)] += scale * gi[k];
            if (cell == GruCell::AiGru) da[at(e)] += gi[k] * x(v, row);
            dbi[at(row)] += gi[k];
            dbh[at(row)] += gh[k];
            for (std::int64_t i = 0; i < width; ++i) {
              back[at(i)] += gh[k] * w(row, i);
              if (v > first) dw[at(row * width + i)] += gh[k] * h(e - 1, i);
            }
          }
        }
        dh = back;
      }
    }
    const auto write = [&](const std::vector<double>& values, const Tensor& out) {
      const Elements<T> to(out);
      for (std::int64_t i = 0; i < to.size(); ++i) to[i] = static_cast<T>(values[at(i)]);
    };
    write(dx, grad_input);
    if (cell != GruCell::Gru) write(da, grad_scores);
    write(dw, grad_w_hh);
    write(dbi, grad_b_ih);
    write(dbh, grad_b_hh);
  });
}

}  // namespace seqrec::kernels::reference
