#include "core/disk_array.h"

#include <string>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace seqrec {

// Without a name from the begin where the file system knows such files, else its name is removed at once.
Descriptor open_unnamed(const std::filesystem::path& folder) {
#ifdef O_TMPFILE
  if (Descriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)); file) return file;
#endif
  std::string name = (folder / ("seqrec-" + std::string(6, 'X'))).string();  // six, for mkostemp to draw
  Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (file) ::unlink(name.c_str());
  return file;
}

DiskBytes::DiskBytes(std::filesystem::path folder) : folder_(std::move(folder)), file_(open_unnamed(folder_)) {
  if (!file_) fail_io("write", folder_);
}

void DiskBytes::write(const void* data, std::size_t bytes) {
  if (const int reason = write_all(file_.get(), data, bytes)) fail_io("write", folder_, reason);
}

std::shared_ptr<const MappedFile> DiskBytes::map() const { return std::make_shared<const MappedFile>(file_, folder_); }

}  // namespace seqrec
