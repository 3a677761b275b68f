#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "infer/session.h"

namespace seqrec::serve {

/// A model file and the name under which it is served.
struct ModelSource {
  std::string name;
  std::filesystem::path file;
};

/// A model that is served: who answers with it keeps it, whatever takes its place meanwhile.
using ServedModel = std::shared_ptr<const infer::Session>;

/// From so many items on, a batch is answered by all threads (infer::Threads::All), below by the worker that took it:
/// reading so large a table takes longer than all else.
inline constexpr std::int64_t kLargeCatalogue = std::int64_t{1} << 22;

/// What a reload did with one model. `error`: why the old one stays; else a new one took its place.
struct Reload {
  std::string name, error;
};

/// The models of a server by name. Its functions may be called from several threads.
class ServedModels {
 public:
  /// Opens all of them, each with the histories beside its file if `histories`. UsageError for a name that is given
  /// twice; what Session throws, and of a histories file that isn't there IoError.
  ServedModels(std::vector<ModelSource> sources, infer::SessionOptions options, bool histories);

  const std::vector<ModelSource>& sources() const { return sources_; }
  /// Null if there is none of that name.
  ServedModel find(std::string_view name) const;

  /// Opens those again whose files were changed, or all. One that can't be opened leaves the old model where it is, and
  /// is tried again when its file changes again.
  std::vector<Reload> reload(bool all);

 private:
  /// Tells whether a file is another one than before: device, inode, size and time of change.
  struct Stamp {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = 0, seconds = 0, nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp stamp_of(const std::filesystem::path& file);
  std::vector<Stamp> stamps_of(const ModelSource& source) const;
  ServedModel open(const ModelSource& source) const;

  const std::vector<ModelSource> sources_;
  const infer::SessionOptions options_;
  const bool histories_;
  mutable std::mutex mutex_;  // of models_
  std::map<std::string, ServedModel, std::less<>> models_;
  std::mutex reloading_;  // of stamps_
  std::map<std::string, std::vector<Stamp>> stamps_;
};

}  // namespace seqrec::serve
