#pragma once

namespace seqrec {

/// How often this thread asked for a mutex. In programs that counted_locks.cpp is part of.
long locks();

}  // namespace seqrec
