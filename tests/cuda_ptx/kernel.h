#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Kernels that the translator made of nvcc's PTX, and what runs them.
namespace cuda_ptx {

/// An instruction that touches memory or waits, for messages: the line of the source that nvcc names for it.
struct Site {
  const char* file;
  int line;
  const char* instruction;
};
std::string text(const Site& site);

/// What a thread of a running kernel is given.
struct Block {
  char* parameters;
  std::size_t parameter_bytes;
  char* shared;
  std::size_t shared_bytes;
  std::uint64_t shared_address() const { return reinterpret_cast<std::uintptr_t>(shared); }
};

struct Parameter {
  std::size_t offset, bytes;
};

/// One kernel instance; registers itself.
class Kernel {
 public:
  using Run = void (*)(const Block&);
  /// `name`: nvcc's. `shared`: the bytes that every launch gets. `max_threads`: __launch_bounds__.
  Kernel(const char* name, Run run, std::size_t shared, int max_threads, std::vector<Parameter> parameters);

  /// Null if there is none. A template that several files instantiate is there once for each: the same code.
  static Kernel* find(const std::string& name);

  /// The name as in the source.
  const std::string& readable_name() const { return readable_name_; }
  std::size_t shared() const { return shared_; }
  int max_threads() const { return max_threads_; }
  /// The block of parameters, from pointers to each.
  std::vector<char> pack(const void* const* parameters) const;
  void run(const Block& block) const { run_(block); }
  void count_launch() { ++launches_; }

 private:
  friend struct LaunchReport;
  std::string name_, readable_name_;
  Run run_;
  std::size_t shared_;
  int max_threads_;
  std::vector<Parameter> parameters_;
  std::int64_t launches_ = 0;
};

}  // namespace cuda_ptx
