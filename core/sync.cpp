#include "core/sync.h"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace seqrec {

bool sync(const Descriptor& descriptor) {
  while (::fsync(descriptor.get()) != 0)
    if (errno != EINTR) return errno == EINVAL;
  return true;
}

void sync_file(const std::filesystem::path& path) {
  const Descriptor descriptor = open_file(path, O_RDONLY);
  if (!descriptor || !sync(descriptor)) fail_io("sync", path);
}

void sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!descriptor && errno == EACCES) return;
  if (!descriptor || !sync(descriptor)) fail_io("sync", folder);
}

}  // namespace seqrec
