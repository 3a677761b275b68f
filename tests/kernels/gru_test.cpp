#include "kernels/gru.h"

#include <doctest/doctest.h>

#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("gru: the fast cell is the reference's, forward and backward, for any number of threads") {
  // Overlapping, truncated, single and empty windows, in more than one block.
  std::vector<std::int32_t> begin, end;
  for (std::int32_t w = 0; w < 150; ++w) {
    end.push_back(1 + w % 37);
    begin.push_back(w % 11 == 0 ? end.back() : std::max(0, end.back() - 20));
  }
  const Windows windows(begin, end, 40);
  for (const DType dtype : kFloats)
    for (const std::int64_t width : {1, 4, 20, 37})
      for (const GruCell cell : {GruCell::Gru, GruCell::AiGru, GruCell::AGru, GruCell::AuGru, GruCell::AuGruAuthor}) {
        CAPTURE(static_cast<int>(cell));
        CAPTURE(width);
        const Tensor input = random_tensor({40, 3 * width}, dtype, 1),
                     w_hh = random_tensor({3 * width, width}, dtype, 2, 0.2);
        const Tensor b_ih = random_tensor({3 * width}, dtype, 3), b_hh = random_tensor({3 * width}, dtype, 4);
        const Tensor scores = cell == GruCell::Gru ? Tensor() : random_tensor({windows.entries()}, dtype, 5, 0.3);
        const Tensor grad = random_tensor({windows.entries(), width}, dtype, 6);
        Tensor states = empty_like(grad), gates({windows.entries(), 4 * width}, dtype);
        check_parity({states, gates}, 200, [&](std::vector<Tensor>& out) {
          gru(cell, input, scores, windows, w_hh, b_ih, b_hh, out[0], out[1]);
        });
        gru(cell, with_gaps(input), scores, windows, w_hh, b_ih, b_hh, states, gates);
        check_parity({empty_like(input), scores.defined() ? empty_like(scores) : Tensor(), empty_like(w_hh),
                      empty_like(b_ih), empty_like(b_hh)},
                     1000, [&](std::vector<Tensor>& out) {
                       gru_backward(cell, input, scores, windows, w_hh, states, gates, grad, out[0], out[1], out[2],
                                    out[3], out[4]);
                     });
      }
}

TEST_CASE("gru: wrong arguments are named") {
  const Windows windows({0}, {2}, 2);
  const Tensor input({2, 6}), w_hh({6, 2}), bias({6});
  Tensor states({2, 2}), gates;
  CHECK(message_of([&] { gru(GruCell::AGru, input, Tensor(), windows, w_hh, bias, bias, states, gates); }) ==
        "[gru] scores: expected a tensor, got an undefined one");
  CHECK(message_of([&] {
          gru(GruCell::Gru, Tensor({2, 7}), Tensor(), windows, w_hh, bias, bias, states, gates);
        }) == "[gru] input: expected (2, 6), got (2, 7)");
  CHECK(message_of([&] {
          gru(GruCell::Gru, input, Tensor(), windows, Tensor({6, 3}), bias, bias, states, gates);
        }) == "[gru] w_hh: expected (6, 2), got (6, 3)");
}
