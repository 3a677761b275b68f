#include "core/upload.h"

#include <algorithm>

namespace seqrec {
namespace {

/// Each piece begins where a block of memory might.
constexpr std::size_t kAlignment = 64;

std::size_t rounded(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

std::size_t Upload::Piece::bytes() const {
  std::size_t bytes = 0;
  for (const auto array : arrays) bytes += array.size();
  return bytes;
}

void Upload::add_piece(Piece piece) {
  if (added_.insert(piece.arrays.begin()->data()).second || piece.bytes() == 0) pieces_.push_back(std::move(piece));
}

void Upload::send() {
  if (pieces_.empty()) return;
  std::size_t total = 0;
  for (const Piece& piece : pieces_) total += rounded(piece.bytes());
  const Tensor packed({static_cast<std::int64_t>(total)}, DType::U8);
  std::byte* to = packed.raw();
  for (const Piece& piece : pieces_) {
    std::byte* const begin = to;
    for (const auto array : piece.arrays) to = std::copy(array.begin(), array.end(), to);
    to = begin + rounded(piece.bytes());
  }
  const Tensor there =
      Tensor::from(std::span<const std::uint8_t>(packed.span<std::uint8_t>()), packed.shape(), device_);
  std::int64_t from = 0;
  for (const Piece& piece : pieces_) {
    const auto bytes = static_cast<std::int64_t>(piece.bytes());
    piece.take(there.slice(0, from, from + bytes).as(piece.dtype));
    from += static_cast<std::int64_t>(rounded(piece.bytes()));
  }
  pieces_.clear();
  added_.clear();
}

}  // namespace seqrec
