#pragma once

#include "core/device.h"

namespace seqrec {

/// While it lives, memory(kCpu) is another one for the thread that made it. What is made there must be released there,
/// too.
class MemoryScope {
 public:
  /// Null: the process's own.
  explicit MemoryScope(Memory* cpu);
  ~MemoryScope();
  MemoryScope(const MemoryScope&) = delete;
  MemoryScope& operator=(const MemoryScope&) = delete;

 private:
  Memory* outer_;
};

}  // namespace seqrec
