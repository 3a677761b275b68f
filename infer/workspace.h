#pragma once

#include "core/arena.h"

namespace seqrec::infer {

/// What answers are made in. A thread keeps one for as long as it asks: it grows to what the largest request needed,
/// and answers after that allocate nothing. It belongs to no session; any number of them may use it, one at a time.
class Workspace {
 public:
  Arena& arena() { return arena_; }
  /// What it holds.
  std::size_t bytes() const { return arena_.bytes(); }

 private:
  Arena arena_;
};

}  // namespace seqrec::infer
