#include "tests/cuda_ptx/kernel.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>

#include <cxxabi.h>

namespace cuda_ptx {
namespace {

std::map<std::string, Kernel*>& kernels() {
  static std::map<std::string, Kernel*>& instance = *new std::map<std::string, Kernel*>;
  return instance;
}

std::string demangled(const char* name) {
  char* readable = abi::__cxa_demangle(name, nullptr, nullptr, nullptr);
  if (readable == nullptr) return name;
  const std::string result = readable;
  std::free(readable);
  return result;
}

}  // namespace

/// At the program's end: a line "LAUNCHES NAME" per kernel into the file that CUDA_PTX_LAUNCHES names
/// (tests/cuda_ptx/launched).
struct LaunchReport {
  ~LaunchReport() {
    const char* path = std::getenv("CUDA_PTX_LAUNCHES");
    if (path == nullptr) return;
    std::ofstream out(path);
    for (const auto& [name, kernel] : kernels()) out << kernel->launches_ << " " << name << "\n";
  }
};
static LaunchReport report;

std::string text(const Site& site) {
  return std::string(site.instruction) + " at " + site.file + ":" + std::to_string(site.line);
}

Kernel::Kernel(const char* name, Run run, std::size_t shared, int max_threads, std::vector<Parameter> parameters)
    : name_(name),
      readable_name_(demangled(name)),
      run_(run),
      shared_(shared),
      max_threads_(max_threads),
      parameters_(std::move(parameters)) {
  kernels().emplace(name, this);
}

Kernel* Kernel::find(const std::string& name) {
  const auto found = kernels().find(name);
  return found != kernels().end() ? found->second : nullptr;
}

std::vector<char> Kernel::pack(const void* const* parameters) const {
  std::vector<char> packed(parameters_.empty() ? 0 : parameters_.back().offset + parameters_.back().bytes);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    std::memcpy(packed.data() + parameters_[i].offset, parameters[i], parameters_[i].bytes);
  }
  return packed;
}

}  // namespace cuda_ptx
