/* Preloaded into a program: from FAILING_MALLOC on, counted from 1 when the program's own objects are made, malloc has
 * no memory. */
#include <errno.h>
#include <stdlib.h>

extern void* __libc_malloc(size_t bytes);

static long left = -1; /* calls that find memory; -1: all */

__attribute__((constructor)) static void begin(void) {
  const char* first = getenv("FAILING_MALLOC");
  if (first) left = atol(first) - 1;
}

void* malloc(size_t bytes) {
  if (left == 0) {
    errno = ENOMEM;
    return NULL;
  }
  if (left > 0) --left;
  return __libc_malloc(bytes);
}
