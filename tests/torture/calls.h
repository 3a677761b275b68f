/* What stands between a program and the C library's file calls (LD_PRELOAD). calls.c wraps the calls and tells the
 * other half about each: faults.c lets one fail, record.c writes them all down. Both must use nothing but raw system
 * calls, or they would meet themselves. */
#pragma once

#include <limits.h>
#include <stddef.h>

struct call {
  const char* name;   /* "write"; open64 and the like are told as "open" */
  const char* path;   /* of the file, absolute; of a rename its new name */
  const char* source; /* of a rename its old name, else NULL */
  int fd;             /* -1 for a call by name */
  const void* data;   /* of a write */
  size_t size;        /* of a write or a read in bytes, of a truncation the new length */
  int flags;          /* of an open */
};

enum verdict {
  VERDICT_MAKE, /* the call is made */
  VERDICT_FAIL, /* it is not, and fails with errno as `enter` left it */
  VERDICT_SHORT /* a write or read of half of its bytes; any other call is made */
};

enum verdict enter(const struct call* call);
/* `result` is the call's: -1 (or 0 for a pointer) if it failed. errno must be left as it is. */
void leave(const struct call* call, long result);
