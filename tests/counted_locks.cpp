#include "tests/counted_locks.h"

#include <pthread.h>

namespace {
thread_local long asked = 0;
}

// What the linker gives to callers of pthread_mutex_lock (tests/CMakeLists.txt), as std::mutex is one.
extern "C" int __real_pthread_mutex_lock(pthread_mutex_t* mutex);
extern "C" int __wrap_pthread_mutex_lock(pthread_mutex_t* mutex) {
  ++asked;
  return __real_pthread_mutex_lock(mutex);
}

namespace seqrec {
long locks() { return asked; }
}  // namespace seqrec
