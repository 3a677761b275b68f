// In the place of kernels/cuda/libraries.cpp: cuBLAS and cuDNN are tests/cuda_sim's, linked into the program.
#include "kernels/cuda/libraries.h"

#include <dlfcn.h>

#include "core/error.h"

namespace seqrec::kernels::cuda {

void* load(Library, const char* function) {
  void* address = dlsym(RTLD_DEFAULT, function);
  if (address == nullptr) throw DeviceError(concat("tests/cuda_sim has no ", function));
  return address;
}

}  // namespace seqrec::kernels::cuda
