# The CUDA backend: kernels/cuda with SEQREC_CUDA, else kernels/cuda_stub. Programs link cudart statically and load
# cuBLAS and cuDNN when they first use them (kernels/cuda/libraries.h), so they start where neither is, nor a driver.

file(GLOB cuda_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/cuda/*.cu ${CMAKE_SOURCE_DIR}/kernels/cuda/*.cpp)

if(SEQREC_CUDA)
  if(NOT CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES all-major)
  endif()
  enable_language(CUDA)
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 doesn't know it of new versions of nvcc
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  endif()
  find_package(CUDAToolkit REQUIRED)
  find_path(CUDNN_INCLUDE_DIR cudnn.h HINTS ${CUDAToolkit_INCLUDE_DIRS} REQUIRED)
  add_library(seqrec_cuda STATIC ${cuda_sources})
  target_include_directories(seqrec_cuda SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS} ${CUDNN_INCLUDE_DIR})
  # Constexpr functions of core/ (Philox) run on the device too; the host's compiler doesn't know #pragma unroll.
  target_compile_options(seqrec_cuda PRIVATE
    "$<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr;-Xcompiler=-Wno-unknown-pragmas>")
  if(SEQREC_WERROR)
    target_compile_options(seqrec_cuda PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings -Xcompiler=-Werror>)
  endif()
  target_link_libraries(seqrec_cuda PUBLIC seqrec_core PRIVATE CUDA::cudart_static ${CMAKE_DL_LIBS})
  # Where cuBLAS and cuDNN are on this machine, for dlopen.
  target_link_options(seqrec_cuda INTERFACE -Wl,-rpath,${CUDAToolkit_LIBRARY_DIR})
  # All of it: the dispatch refers to its kernels weakly, which takes nothing out of an archive.
  set(SEQREC_CUDA_BACKEND $<LINK_LIBRARY:WHOLE_ARCHIVE,seqrec_cuda>)
else()
  file(GLOB cuda_stub_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/cuda_stub/*.cpp)
  add_library(seqrec_cuda_stub STATIC ${cuda_stub_sources})
  target_link_libraries(seqrec_cuda_stub PUBLIC seqrec_core)
  set(SEQREC_CUDA_BACKEND seqrec_cuda_stub)
endif()
