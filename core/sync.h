#pragma once

#include <filesystem>

#include "core/descriptor.h"

namespace seqrec {

/// fsync: what a file holds outlasts a power loss from now on. False, with errno, if it can't be; some file systems
/// don't know how (EINVAL), there is no more to do then.
bool sync(const Descriptor& descriptor);

/// The same of a file by its name; IoError if it can't be.
void sync_file(const std::filesystem::path& path);

/// Makes the names in a folder last: what was made, renamed or removed in it. Does nothing where the folder may not be
/// read; IoError if it can't be.
void sync_folder(const std::filesystem::path& folder);

}  // namespace seqrec
