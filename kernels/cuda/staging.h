#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "kernels/cuda/handles.h"

namespace seqrec::kernels::cuda {

class Context;

/// Pinned host memory through which the host's bytes go to the device, so that the host needn't wait for the copy.
/// Uploads fill a block one after the other, none is cut that fits into one; a full block is used again when its copies
/// are done. The host waits only when all kMaxBlocks are under way.
class Staging {
 public:
  explicit Staging(Context& context) : context_(context) {}
  void copy(void* device, const void* host, std::size_t bytes);

  static constexpr std::size_t kBlockBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMaxBlocks = 4;

 private:
  struct Block {
    std::byte* data;
    Event copied;  // recorded once the block is full
  };
  /// A block that no copy uses, taken out of full_.
  Block take();

  Context& context_;
  std::optional<Block> filling_;
  std::size_t used_ = 0;    // bytes of filling_
  std::deque<Block> full_;  // in the order of their copies: the first is done first
};

}  // namespace seqrec::kernels::cuda
