# libseqrec: what others embed. The folders up to infer/, compiled with SEQREC_INFERENCE, which compiles autograd's
# record() away, so that no backward code is in it, and no f64, and without CUDA. The hot part of core/ and the
# instruction-set variants don't know of that: their objects are reused.

file(GLOB_RECURSE embed_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/autograd/*.cpp ${CMAKE_SOURCE_DIR}/nn/*.cpp
  ${CMAKE_SOURCE_DIR}/models/*.cpp ${CMAKE_SOURCE_DIR}/infer/*.cpp ${CMAKE_SOURCE_DIR}/kernels/cuda_stub/*.cpp)
list(FILTER embed_sources EXCLUDE REGEX "/autograd/(backward|gradcheck.*)\\.cpp$")
set(embed_kernels ${kernel_sources})
list(FILTER embed_kernels INCLUDE REGEX "/kernels/cpu/")
set(embed_checks ${kernel_sources})
list(FILTER embed_checks EXCLUDE REGEX "/kernels/(cpu/|registry\\.cpp$)")
add_library(seqrec_embed_objects OBJECT ${embed_sources} ${embed_checks} ${core_cold})
add_library(seqrec_embed_kernels OBJECT ${embed_kernels})
foreach(objects seqrec_embed_objects seqrec_embed_kernels)
  target_compile_definitions(${objects} PRIVATE SEQREC_INFERENCE SEQREC_VERSION="${PROJECT_VERSION}")
  target_compile_options(${objects} PRIVATE -fvisibility=hidden -fno-rtti -fno-asynchronous-unwind-tables)
  target_link_libraries(${objects} PRIVATE seqrec_usage)
endforeach()
# What is hot is in the kernels.
target_compile_options(seqrec_embed_objects PRIVATE $<$<CONFIG:Release>:-Os>)
target_compile_options(seqrec_embed_kernels PRIVATE $<$<CONFIG:Release>:-O2>)
set(embed_objects $<TARGET_OBJECTS:seqrec_embed_objects> $<TARGET_OBJECTS:seqrec_embed_kernels>
  $<TARGET_OBJECTS:seqrec_core> ${simd_objects})

# seqrec::seqrec, shared: nothing but the C interface is visible. seqrec::static, for programs that are linked as C++.
add_library(seqrec_embed SHARED ${embed_objects})
add_library(seqrec::seqrec ALIAS seqrec_embed)
set_target_properties(seqrec_embed PROPERTIES OUTPUT_NAME seqrec EXPORT_NAME seqrec VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE CXX LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/seqrec.map)
target_link_libraries(seqrec_embed PRIVATE Threads::Threads)
target_link_options(seqrec_embed PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/seqrec.map)
add_library(seqrec_embed_static STATIC ${embed_objects})
add_library(seqrec::static ALIAS seqrec_embed_static)
set_target_properties(seqrec_embed_static PROPERTIES OUTPUT_NAME seqrec EXPORT_NAME static LINKER_LANGUAGE CXX)
target_link_libraries(seqrec_embed_static INTERFACE Threads::Threads)
foreach(library seqrec_embed seqrec_embed_static)
  target_include_directories(${library} INTERFACE $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  add_dependencies(${library} seqrec_headers)  # seqrec_package.cmake
endforeach()
