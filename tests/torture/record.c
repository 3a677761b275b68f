/* Writes down what a program does to the files below the folder TORTURE_UNDER (with calls.c, as a library for
 * LD_PRELOAD), so that power.py can do it again up to any point. Each call that was made is a record in TORTURE_TOLD: a
 * line "NAME<tab>FD<tab>FLAGS<tab>OFFSET<tab>SIZE<tab>PATH<tab>SOURCE", and after that of a write its bytes. FD is an
 * open's result; SIZE of a write what was written. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "calls.h"

static const char *under, *told;

__attribute__((constructor)) static void begin(void) {
  under = getenv("TORTURE_UNDER");
  told = getenv("TORTURE_TOLD");
}

enum verdict enter(const struct call* call) {
  (void)call;
  return VERDICT_MAKE;
}

static int changes(const struct call* call) {
  static const char* const names[] = {"open",   "write", "ftruncate", "rename", "link",     "unlink",
                                      "remove", "rmdir", "mkdir",     "fsync",  "fdatasync"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    if (strcmp(call->name, names[i]) == 0) return 1;
  return 0;
}

void leave(const struct call* call, long result) {
  if (!under || !told || result < 0 || !changes(call) || strncmp(call->path, under, strlen(under)) != 0) return;
  const int kept = errno, writes = strcmp(call->name, "write") == 0;
  const int fd = strcmp(call->name, "open") == 0 ? (int)result : call->fd;
  const size_t size = writes ? (size_t)result : call->size;
  const long offset = writes ? syscall(SYS_lseek, fd, 0, SEEK_CUR) - result : 0;
  char line[3 * PATH_MAX];
  const int length = snprintf(line, sizeof line, "%s\t%d\t%d\t%ld\t%zu\t%s\t%s\n", call->name, fd, call->flags, offset,
                              size, call->path, call->source ? call->source : "");
  /* One call, so that threads don't mix their records. */
  const struct iovec parts[] = {{line, (size_t)length}, {(void*)call->data, writes ? size : 0}};
  const long out = syscall(SYS_openat, AT_FDCWD, told, O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (out < 0 || syscall(SYS_writev, out, parts, 2) != length + (long)parts[1].iov_len) abort();
  syscall(SYS_close, out);
  errno = kept;
}
