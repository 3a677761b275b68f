#pragma once

namespace seqrec {

/// How often this thread asked operator new and aligned_alloc (tensors) for memory.
long allocations();

enum class Failing {
  Once,        ///< the nth allocation alone
  FromThenOn,  ///< it and all that follow
  Tensors      ///< the nth of a tensor's memory and all of these that follow
};

/// While it lives, allocations of this thread find no memory, counted from 1 from now on: those of operator new and of
/// aligned_alloc (tensors). In programs that failing_memory.cpp is part of.
class FailingMemory {
 public:
  FailingMemory(Failing which, long nth);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;
  /// Whether one failed.
  static bool failed();
};

/// Calls f(), during which allocations fail from the nth on, for n = 1, 2, ... until it makes fewer, and after each
/// call that met one, check(n). Returns how many that were.
template <class F, class Check>
long fail_each_allocation(Failing which, F&& f, Check&& check) {
  for (long n = 1;; ++n) {
    {
      const FailingMemory memory(which, n);
      f();
    }
    if (!FailingMemory::failed()) return n - 1;
    check(n);
  }
}

}  // namespace seqrec
