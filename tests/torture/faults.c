/* Lets one file call of a program go wrong (with calls.c, as a library for LD_PRELOAD). Counted are the calls on files
 * whose path begins with TORTURE_UNDER (and, if it is set, that are named TORTURE_ONLY). TORTURE_FAULT is
 * KIND:NUMBER[:ERRNO]; KIND is fail     the call fails with ERRNO from     that one and all later ones fail short half
 * of it is read or written before   the process is killed instead of making it after    the process is killed once it
 * is made none     all are made; each is told What happened goes to the file TORTURE_TOLD, a line "NAME PATH" for each
 * call that went wrong (or was told). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"

static char kind[16] = "off";
static long number, reason;
static const char *under, *told, *only;
static atomic_long count;

__attribute__((constructor)) static void begin(void) {
  const char* fault = getenv("TORTURE_FAULT");
  under = getenv("TORTURE_UNDER");
  told = getenv("TORTURE_TOLD");
  only = getenv("TORTURE_ONLY");
  if (!fault || !under || !told) return;
  if (sscanf(fault, "%15[a-z]:%ld:%ld", kind, &number, &reason) < 1) abort();
}

static void tell(const struct call* call) {
  char line[2 * PATH_MAX];
  const int length = snprintf(line, sizeof line, "%s %s\n", call->name, call->path);
  const long fd = syscall(SYS_openat, AT_FDCWD, told, O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (fd < 0 || syscall(SYS_write, fd, line, length) != length) abort();
  syscall(SYS_close, fd);
}

static void die(void) {
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  for (;;) pause();
}

/* Set by enter() for the leave() of the same call. */
static __thread int die_after;

enum verdict enter(const struct call* call) {
  if (strcmp(kind, "off") == 0 || strncmp(call->path, under, strlen(under)) != 0) return VERDICT_MAKE;
  if (only && strcmp(only, call->name) != 0) return VERDICT_MAKE;
  const long n = ++count;
  if (strcmp(kind, "none") == 0) {
    tell(call);
    return VERDICT_MAKE;
  }
  const int from = strcmp(kind, "from") == 0;
  if (from ? n < number : n != number) return VERDICT_MAKE;
  tell(call);
  if (strcmp(kind, "before") == 0) die();
  if (strcmp(kind, "short") == 0) return VERDICT_SHORT;
  if (strcmp(kind, "after") == 0) {
    die_after = 1;
    return VERDICT_MAKE;
  }
  errno = (int)reason;
  return VERDICT_FAIL;
}

void leave(const struct call* call, long result) {
  (void)call;
  (void)result;
  if (die_after) die();
}
