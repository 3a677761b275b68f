#include "core/mapped_file.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/input_file.h"

namespace seqrec {

MappedFile::MappedFile(const std::filesystem::path& path) : MappedFile(open_input(path), path) {}

MappedFile::MappedFile(const Descriptor& file, const std::filesystem::path& path) {
  struct stat status;
  if (::fstat(file.get(), &status) != 0) fail_io("read", path);
  require<IoError>(S_ISREG(status.st_mode), "can't read ", path.native(), ": it is ", kind_of_file(status.st_mode),
                   ", expected a regular file");
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ == 0) return;  // nothing can be mapped
  void* const memory = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) fail_io("map", path);
  data_ = static_cast<const std::byte*>(memory);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace seqrec
