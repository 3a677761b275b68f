#pragma once

#include <cstddef>
#include <deque>

#include "kernels/cuda/handles.h"

namespace seqrec::kernels::cuda {

class Context;

/// Pinned host memory through which the host's bytes go to the device, so that the host needn't wait for the copy. A
/// block is used again when its copy is done; the host waits only when all kMaxBlocks are under way.
class Staging {
 public:
  explicit Staging(Context& context) : context_(context) {}
  void copy(void* device, const void* host, std::size_t bytes);

  static constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
  static constexpr std::size_t kMaxBlocks = 64;

 private:
  struct Block {
    void* data;
    Event copied;
  };
  /// A block that no copy uses, taken out of blocks_.
  Block take();

  Context& context_;
  std::deque<Block> blocks_;  // in the order of their copies: the first is done first
};

}  // namespace seqrec::kernels::cuda
