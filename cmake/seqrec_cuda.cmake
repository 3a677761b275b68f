# The CUDA backend: kernels/cuda with SEQREC_CUDA, else kernels/cuda_stub. Programs link cudart statically and load
# cuBLAS and cuDNN when they first use them (kernels/cuda/libraries.h), so they start where neither is, nor a driver.

file(GLOB cuda_kernel_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/cuda/*.cu)
file(GLOB cuda_host_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/cuda/*.cpp)

if(SEQREC_CUDA OR SEQREC_CUDA_PTX)
  include(seqrec_nvcc)
  seqrec_nvcc_objects(seqrec_cuda_kernels ${cuda_kernel_sources})
  if(SEQREC_WERROR)
    target_compile_options(seqrec_cuda_kernels PRIVATE -Werror=all-warnings -Xcompiler=-Werror)
  endif()
endif()

if(SEQREC_CUDA)
  add_library(seqrec_cuda STATIC ${cuda_host_sources} $<TARGET_OBJECTS:seqrec_cuda_kernels>)
  target_include_directories(seqrec_cuda SYSTEM PRIVATE ${CUDAToolkit_INCLUDE_DIRS} ${CUDNN_INCLUDE_DIR})
  target_link_libraries(seqrec_cuda PUBLIC seqrec_core seqrec_build PRIVATE CUDA::cudart_static ${CMAKE_DL_LIBS})
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
