# How nvcc compiles: a source becomes one PTX, and that the code of every major architecture. So what the tests run
# (tests/cuda_ptx) is what each GPU's code is made of, and the longer part of nvcc's work is done once. Who wants
# something else says so, e.g. -DCMAKE_CUDA_ARCHITECTURES=90-real -DSEQREC_CUDA_PTX=OFF.
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES OFF)
elseif(SEQREC_CUDA_PTX)
  message(FATAL_ERROR "CMAKE_CUDA_ARCHITECTURES is ${CMAKE_CUDA_ARCHITECTURES}, but the tests of SEQREC_CUDA_PTX run "
    "the one PTX of all architectures: add -DSEQREC_CUDA_PTX=OFF")
endif()
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 doesn't know it of new versions of nvcc
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
endif()
find_package(CUDAToolkit REQUIRED)
find_path(CUDNN_INCLUDE_DIR cudnn.h HINTS ${CUDAToolkit_INCLUDE_DIRS} REQUIRED)

# Constexpr functions of core/ (Philox) run on the device too; the host's compiler doesn't know #pragma unroll.
set(nvcc_options --expt-relaxed-constexpr -Xcompiler=-Wno-unknown-pragmas)
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(codes compute_75)
  if(SEQREC_CUDA)
    execute_process(COMMAND ${CMAKE_CUDA_COMPILER} --list-gpu-code OUTPUT_VARIABLE known COMMAND_ERROR_IS_FATAL ANY)
    string(REGEX MATCHALL "sm_(75|[89]0|[1-9][0-9]0)" known "${known}")
    list(APPEND codes ${known})
  endif()
  list(JOIN codes "," codes)
  list(APPEND nvcc_options --generate-code=arch=compute_75,code=[${codes}])
endif()

# seqrec_nvcc_objects(NAME source.cu...): object library NAME. For tests/cuda_ptx the PTX is kept in the build's ptx/NAME,
# with the source's lines: machine code with them would be twice as large.
function(seqrec_nvcc_objects name)
  add_library(${name} OBJECT ${ARGN})
  target_include_directories(${name} SYSTEM PRIVATE ${CUDNN_INCLUDE_DIR})
  target_link_libraries(${name} PRIVATE seqrec_usage)
  target_compile_options(${name} PRIVATE ${nvcc_options})
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  if(SEQREC_CUDA_PTX)
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/ptx/${name})
    target_compile_options(${name} PRIVATE -lineinfo -Xptxas=-suppress-debug-info
      -keep -keep-dir ${CMAKE_BINARY_DIR}/ptx/${name})
  endif()
endfunction()
