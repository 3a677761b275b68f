#include "kernels/cuda/libraries.h"

#include <mutex>

#include <cublas_v2.h>
#include <cudnn.h>
#include <dlfcn.h>

#include "core/error.h"

namespace seqrec::kernels::cuda {

// The versions of the headers that this was compiled with. Kept open for the life of the program.
static void* open_library(Library library) {
  static std::mutex mutex;
  static void* handles[2] = {};
  const std::scoped_lock lock(mutex);
  void*& handle = handles[static_cast<int>(library)];
  if (handle == nullptr) {
    const std::string name =
        library == Library::Cublas ? concat("libcublas.so.", CUBLAS_VER_MAJOR) : concat("libcudnn.so.", CUDNN_MAJOR);
    handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) throw DeviceError(concat("can't load ", name, ", which CUDA devices need: ", dlerror()));
  }
  return handle;
}

void* load(Library library, const char* function) {
  void* address = dlsym(open_library(library), function);
  if (address == nullptr) throw DeviceError(concat("can't load ", function, ": ", dlerror()));
  return address;
}

}  // namespace seqrec::kernels::cuda
