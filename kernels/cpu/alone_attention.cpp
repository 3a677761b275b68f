#include <algorithm>
#include <cmath>

#include "kernels/alone.h"
#include "kernels/cpu/attention_tile.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/simd/softmax.h"

namespace seqrec::kernels::alone {

// Tiles are those of kernels::window_attention, and so are the zeros behind a query's window: their products with what
// isn't finite are NaN.
void window_attention(const Attention& of, Arena& arena, float* out) {
  const Arena::Scope scope(arena);
  const std::int64_t keys = of.first + of.queries - 1, columns = of.width / of.heads, panel = cpu::panel_width<float>();
  const std::int64_t stride = (keys + panel - 1) / panel * panel;
  float* packed = arena.take<float>(columns * stride).data();
  float* weights = arena.take<float>(cpu::kAttentionTile * stride).data();
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(columns)));
  for (std::int64_t first = 0; first < of.width; first += columns) {  // by head
    cpu::fill_panels<float>(columns, 0, keys, {of.k + first, 1, of.kv_stride}, packed);
    for (std::int64_t i = 0; i < of.queries; i += cpu::kAttentionTile) {
      const std::int64_t m = std::min(cpu::kAttentionTile, of.queries - i), n = of.first + i + m - 1;
      cpu::multiply_panels<float>(m, n, columns, scale, {of.q + i * of.q_stride + first, of.q_stride, 1}, packed, false,
                                  weights, stride);
      for (std::int64_t j = 0; j < m; ++j) {
        float* row = weights + j * stride;
        const std::int64_t length = of.first + i + j;
        cpu::softmax_row<float>(length, row, row);
        std::fill(row + length, row + n, 0.0f);
      }
      cpu::multiply_rows<float>(m, columns, n, 1.0f, {weights, stride, 1}, {of.v + first, of.kv_stride, 1}, false,
                                out + i * of.width + first, of.width);
    }
  }
}

}  // namespace seqrec::kernels::alone
