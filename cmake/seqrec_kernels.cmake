# The kernels: cpu/ as it is, cpu/simd/ once per instruction set, cpu/reference/ on Eigen.

# One object library per variant, of functions that neither throw nor call what does. SEQREC_SIMD names its C++ namespace: templates compiled with different flags under one
# name would be one symbol to the linker.
set(SEQREC_SIMD_VARIANTS base)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND SEQREC_SIMD_VARIANTS avx2 avx512)
  set(SEQREC_SIMD_FLAGS_base -O2)  # for processors from before 2013: as small as can be without losing their vectors
endif()
list(APPEND SEQREC_SIMD_FLAGS_base -ffp-contract=fast)
set(SEQREC_SIMD_FLAGS_avx2 -mavx2 -mfma -ffp-contract=fast)
set(SEQREC_SIMD_FLAGS_avx512 -mavx512f -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma -mprefer-vector-width=512
  -ffp-contract=fast)

file(GLOB simd_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/cpu/simd/*.cpp)
# Its loops are written in vectors; what is not is rare, and compilers make much code of it.
set_source_files_properties(${CMAKE_SOURCE_DIR}/kernels/cpu/simd/elementwise.cpp PROPERTIES
  COMPILE_OPTIONS -fno-tree-vectorize)
foreach(variant ${SEQREC_SIMD_VARIANTS})
  add_library(seqrec_simd_${variant} OBJECT ${simd_sources})
  target_compile_definitions(seqrec_simd_${variant} PRIVATE SEQREC_SIMD=${variant})
  target_compile_options(seqrec_simd_${variant} PRIVATE -O3 -fno-exceptions -fno-asynchronous-unwind-tables
    ${SEQREC_SIMD_FLAGS_${variant}})
  target_link_libraries(seqrec_simd_${variant} PRIVATE seqrec_usage)
  # Many small files with names in common; built where something asks for them.
  set_target_properties(seqrec_simd_${variant} PROPERTIES UNITY_BUILD OFF EXCLUDE_FROM_ALL ON)
  list(APPEND simd_objects $<TARGET_OBJECTS:seqrec_simd_${variant}>)
endforeach()

file(GLOB kernel_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/*.cpp ${CMAKE_SOURCE_DIR}/kernels/cpu/*.cpp)

if(NOT SEQREC_ENGINE)
  return()
endif()

# Objects, so that what links the kernels needs no Eigen; optimised always: its expressions are slow without.
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
file(GLOB reference_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/cpu/reference/*.cpp)
add_library(seqrec_reference OBJECT ${reference_sources})
target_compile_options(seqrec_reference PRIVATE -O2)
target_link_libraries(seqrec_reference PRIVATE seqrec_usage Eigen3::Eigen)

# The build's mark, which every object asks for, the CUDA backend's too: after all of them on a linker's line.
add_library(seqrec_build STATIC ${CMAKE_SOURCE_DIR}/kernels/build.cpp)
target_link_libraries(seqrec_build PUBLIC seqrec_usage)

set(training_sources ${kernel_sources})
list(REMOVE_ITEM training_sources ${CMAKE_SOURCE_DIR}/kernels/build.cpp)
add_library(seqrec_kernels STATIC ${training_sources} $<TARGET_OBJECTS:seqrec_reference> ${simd_objects})
# A program with the property SEQREC_OWN_CUDA brings its backend along (tests/cuda_ptx).
target_link_libraries(seqrec_kernels PUBLIC seqrec_core seqrec_build
  $<$<NOT:$<BOOL:$<TARGET_PROPERTY:SEQREC_OWN_CUDA>>>:${SEQREC_CUDA_BACKEND}>)

# The registry includes every family of kernels. It must be the first to read their headers (SEQREC_KERNEL_REGISTRY).
file(GLOB families CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/kernels/*.h)
list(TRANSFORM families REPLACE "(.+)" "#include \"\\1\"\n")
list(JOIN families "" families)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/registry/kernel_families.h CONTENT "${families}")
target_include_directories(seqrec_kernels PRIVATE ${CMAKE_BINARY_DIR}/registry)
set_source_files_properties(${CMAKE_SOURCE_DIR}/kernels/registry.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
