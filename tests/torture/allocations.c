/* Lets allocations fail: linked into a program, which arms it (allocations.h), or as a library for LD_PRELOAD with
 * TORTURE_ALLOCATION=NUMBER (that one fails) or NUMBER+ (that one and all later ones), counted from main() on. */
#include "allocations.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);

static atomic_long count;
static long first = LONG_MAX, last = LONG_MAX;

void allocations_fail(long begin, long end) {
  first = begin;
  last = end;
  count = 0;
}

long allocations_counted(void) { return count; }

static int refuse(void) {
  if (first == LONG_MAX) return 0;
  const long n = ++count;
  if (n < first || n > last) return 0;
  errno = ENOMEM;
  return 1;
}

void* malloc(size_t size) { return refuse() ? NULL : __libc_malloc(size); }
void* calloc(size_t number, size_t size) { return refuse() ? NULL : __libc_calloc(number, size); }
void* realloc(void* old, size_t size) { return refuse() ? NULL : __libc_realloc(old, size); }
void* aligned_alloc(size_t alignment, size_t size) { return refuse() ? NULL : __libc_memalign(alignment, size); }

int posix_memalign(void** out, size_t alignment, size_t size) {
  if (refuse()) return ENOMEM;
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : ENOMEM;
}

__attribute__((constructor)) static void begin(void) {
  const char* which = getenv("TORTURE_ALLOCATION");
  if (!which) return;
  const long number = atol(which);
  allocations_fail(number, strchr(which, '+') ? LONG_MAX : number);
}

__attribute__((destructor)) static void end(void) {
  if (getenv("TORTURE_ALLOCATION") && getenv("TORTURE_COUNT")) fprintf(stderr, "allocations: %ld\n", (long)count);
}
