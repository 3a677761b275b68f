#pragma once

/// cuBLAS is loaded when the first device is opened, cuDNN when it is first used, so that a program starts where they
/// are absent. SEQREC_LOADED(Cublas, cublasSgemm) is the function's address. In the simulator they are
/// ordinary functions (tests/cuda_sim/cublas.cpp).
namespace seqrec::kernels::cuda {

enum class Library { Cublas, Cudnn };

/// DeviceError if the library or the function is not there. Any thread may call it.
void* load(Library library, const char* function);

}  // namespace seqrec::kernels::cuda

#ifdef SEQREC_CUDA_SIM
#define SEQREC_LOADED(library, function) (&(function))
#else
// Names such as cublasSgemm are macros of the names in the library: both levels are needed.
#define SEQREC_LOADED(library, function) SEQREC_LOADED_AS(library, function)
#define SEQREC_LOADED_AS(library, function)                                                                           \
  ([] {                                                                                                               \
    static void* const address = ::seqrec::kernels::cuda::load(::seqrec::kernels::cuda::Library::library, #function); \
    return reinterpret_cast<decltype(&(function))>(address);                                                          \
  }())
#endif
