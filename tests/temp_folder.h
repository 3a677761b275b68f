#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <string_view>

#include <unistd.h>

/// A folder of its own under the system's temporary one, removed with all that is in it.
class TempFolder {
 public:
  TempFolder() {
    static std::atomic<int> count{0};
    const std::string name = "seqrec-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
    path_ = std::filesystem::temp_directory_path() / name;
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};
