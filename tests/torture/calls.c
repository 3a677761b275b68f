#define _GNU_SOURCE
#include "calls.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The C library's own function. */
#define REAL(name)               \
  static __typeof__(&name) real; \
  if (!real) *(void**)&real = dlsym(RTLD_NEXT, #name)

/* Tells of `call`, makes it unless told otherwise, tells of its result. */
#define MAKE(type, failure, expression)        \
  const enum verdict verdict = enter(&call);   \
  if (verdict == VERDICT_FAIL) return failure; \
  const type result = (expression);            \
  leave(&call, (long)result);                  \
  return result

#define HALF_IF_SHORT(size) (verdict == VERDICT_SHORT && (size) > 1 ? (size) / 2 : (size))

struct name {
  char text[PATH_MAX];
};

/* The absolute name of a path as a program gave it. */
static const char* absolute(const char* path, struct name* name) {
  if (path[0] == '/') return path;
  char folder[PATH_MAX];
  if (syscall(SYS_getcwd, folder, sizeof folder) < 0) return path;
  const int length = snprintf(name->text, sizeof name->text, "%s/%s", folder, path);
  if (length < 0 || (size_t)length >= sizeof name->text) return path;
  return name->text;
}

static const char* of_descriptor(int fd, struct name* name) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const int kept = errno;
  const long length = syscall(SYS_readlink, link, name->text, sizeof name->text - 1);
  errno = kept;
  name->text[length < 0 ? 0 : length] = 0;
  return name->text;
}

#define BY_NAME(NAME, ...) \
  struct name buffer;      \
  struct call call = {.name = NAME, .path = absolute(path, &buffer), .fd = -1, __VA_ARGS__}
#define BY_DESCRIPTOR(NAME, ...) \
  struct name buffer;            \
  struct call call = {.name = NAME, .path = of_descriptor(fd, &buffer), .fd = fd, __VA_ARGS__}

static int mode_of(int flags, va_list arguments) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, int) : 0; }

#define OPEN(function)                             \
  int function(const char* path, int flags, ...) { \
    REAL(function);                                \
    va_list arguments;                             \
    va_start(arguments, flags);                    \
    const int mode = mode_of(flags, arguments);    \
    va_end(arguments);                             \
    BY_NAME("open", .flags = flags);               \
    MAKE(int, -1, real(path, flags, mode));        \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(function)                                       \
  int function(int folder, const char* path, int flags, ...) { \
    REAL(function);                                            \
    va_list arguments;                                         \
    va_start(arguments, flags);                                \
    const int mode = mode_of(flags, arguments);                \
    va_end(arguments);                                         \
    BY_NAME("open", .flags = flags);                           \
    MAKE(int, -1, real(folder, path, flags, mode));            \
  }
OPENAT(openat)
OPENAT(openat64)

int creat(const char* path, mode_t mode) {
  REAL(creat);
  BY_NAME("open", .flags = O_WRONLY | O_CREAT | O_TRUNC);
  MAKE(int, -1, real(path, mode));
}

/* The stream's descriptor is what leave() learns, so that both kinds of open look alike. */
static int flags_of(const char* mode) {
  const int update = strchr(mode, '+') != NULL;
  if (mode[0] == 'r') return update ? O_RDWR : O_RDONLY;
  return (update ? O_RDWR : O_WRONLY) | O_CREAT | (mode[0] == 'w' ? O_TRUNC : O_APPEND);
}

#define FOPEN(function)                                \
  FILE* function(const char* path, const char* mode) { \
    REAL(function);                                    \
    BY_NAME("open", .flags = flags_of(mode));          \
    if (enter(&call) == VERDICT_FAIL) return NULL;     \
    FILE* const stream = real(path, mode);             \
    leave(&call, stream ? fileno(stream) : -1);        \
    return stream;                                     \
  }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int fd, const void* data, size_t size) {
  REAL(write);
  BY_DESCRIPTOR("write", .data = data, .size = size);
  MAKE(ssize_t, -1, real(fd, data, HALF_IF_SHORT(size)));
}

/* Told as the write of its first part that isn't empty; a short one writes half of that and nothing else. */
ssize_t writev(int fd, const struct iovec* parts, int count) {
  int first = 0;
  while (first + 1 < count && parts[first].iov_len == 0) ++first;
  if (count == 0) return 0;
  return write(fd, parts[first].iov_base, parts[first].iov_len);
}

ssize_t read(int fd, void* data, size_t size) {
  REAL(read);
  BY_DESCRIPTOR("read", .size = size);
  MAKE(ssize_t, -1, real(fd, data, HALF_IF_SHORT(size)));
}

#define PREAD(function)                                           \
  ssize_t function(int fd, void* data, size_t size, off_t from) { \
    REAL(function);                                               \
    BY_DESCRIPTOR("read", .size = size);                          \
    MAKE(ssize_t, -1, real(fd, data, HALF_IF_SHORT(size), from)); \
  }
PREAD(pread)
PREAD(pread64)

#define ON_DESCRIPTOR(function)           \
  int function(int fd) {                  \
    REAL(function);                       \
    BY_DESCRIPTOR(#function, .flags = 0); \
    MAKE(int, -1, real(fd));              \
  }
ON_DESCRIPTOR(fsync)
ON_DESCRIPTOR(fdatasync)

#define TRUNCATE(function)                              \
  int function(int fd, off_t length) {                  \
    REAL(function);                                     \
    BY_DESCRIPTOR("ftruncate", .size = (size_t)length); \
    MAKE(int, -1, real(fd, length));                    \
  }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

int flock(int fd, int operation) {
  REAL(flock);
  BY_DESCRIPTOR("flock", .flags = operation);
  MAKE(int, -1, real(fd, operation));
}

/* A close that fails has closed all the same. */
int close(int fd) {
  REAL(close);
  BY_DESCRIPTOR("close", .flags = 0);
  const int failing = enter(&call) == VERDICT_FAIL, reason = errno;
  const int result = real(fd);
  if (failing) {
    errno = reason;
    return -1;
  }
  leave(&call, result);
  return result;
}

int fclose(FILE* stream) {
  REAL(fclose);
  const int fd = fileno(stream);
  BY_DESCRIPTOR("close", .flags = 0);
  const int failing = enter(&call) == VERDICT_FAIL, reason = errno;
  const int result = real(stream);
  if (failing) {
    errno = reason;
    return EOF;
  }
  leave(&call, result);
  return result;
}

#define ON_NAME(function)           \
  int function(const char* path) {  \
    REAL(function);                 \
    BY_NAME(#function, .flags = 0); \
    MAKE(int, -1, real(path));      \
  }
ON_NAME(unlink)
ON_NAME(remove)
ON_NAME(rmdir)

int unlinkat(int folder, const char* path, int flags) {
  REAL(unlinkat);
  BY_NAME("remove", .flags = flags);
  MAKE(int, -1, real(folder, path, flags));
}

int mkdir(const char* path, mode_t mode) {
  REAL(mkdir);
  BY_NAME("mkdir", .flags = 0);
  MAKE(int, -1, real(path, mode));
}

#define TWO_NAMES(function)                                \
  int function(const char* source, const char* path) {     \
    REAL(function);                                        \
    struct name from;                                      \
    BY_NAME(#function, .source = absolute(source, &from)); \
    MAKE(int, -1, real(source, path));                     \
  }
TWO_NAMES(rename)
TWO_NAMES(link)

#define STATUS_OF_NAME(function, type)               \
  int function(const char* path, struct type* out) { \
    REAL(function);                                  \
    BY_NAME("stat", .flags = 0);                     \
    MAKE(int, -1, real(path, out));                  \
  }
STATUS_OF_NAME(stat, stat)
STATUS_OF_NAME(stat64, stat64)
STATUS_OF_NAME(lstat, stat)
STATUS_OF_NAME(lstat64, stat64)

ssize_t readlink(const char* path, char* out, size_t size) {
  REAL(readlink);
  BY_NAME("readlink", .size = size);
  MAKE(ssize_t, -1, real(path, out, size));
}

int faccessat(int folder, const char* path, int mode, int flags) {
  REAL(faccessat);
  BY_NAME("access", .flags = flags);
  MAKE(int, -1, real(folder, path, mode, flags));
}

#define STATUS_OF_DESCRIPTOR(function, type) \
  int function(int fd, struct type* out) {   \
    REAL(function);                          \
    BY_DESCRIPTOR("fstat", .flags = 0);      \
    MAKE(int, -1, real(fd, out));            \
  }
STATUS_OF_DESCRIPTOR(fstat, stat)
STATUS_OF_DESCRIPTOR(fstat64, stat64)

DIR* opendir(const char* path) {
  REAL(opendir);
  BY_NAME("opendir", .flags = 0);
  if (enter(&call) == VERDICT_FAIL) return NULL;
  return real(path);
}

DIR* fdopendir(int fd) {
  REAL(fdopendir);
  BY_DESCRIPTOR("opendir", .flags = 0);
  if (enter(&call) == VERDICT_FAIL) return NULL;
  return real(fd);
}

#define MAP(function)                                                                           \
  void* function(void* address, size_t size, int protection, int flags, int fd, off_t offset) { \
    REAL(function);                                                                             \
    if (fd < 0) return real(address, size, protection, flags, fd, offset);                      \
    BY_DESCRIPTOR("mmap", .size = size);                                                        \
    if (enter(&call) == VERDICT_FAIL) return MAP_FAILED;                                        \
    void* const result = real(address, size, protection, flags, fd, offset);                    \
    leave(&call, result == MAP_FAILED ? -1 : 0);                                                \
    return result;                                                                              \
  }
MAP(mmap)
MAP(mmap64)
