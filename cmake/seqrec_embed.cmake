# libseqrec: what others embed. The rooms up to infer/, compiled with SEQREC_INFERENCE, which compiles autograd's
# record() away, so that no backward code is in it, and without CUDA. core/ and the instruction-set variants don't know of
# autograd: their objects are reused.
include(CMakePackageConfigHelpers)

file(GLOB_RECURSE embed_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/autograd/*.cpp ${CMAKE_SOURCE_DIR}/nn/*.cpp
  ${CMAKE_SOURCE_DIR}/models/*.cpp ${CMAKE_SOURCE_DIR}/infer/*.cpp ${CMAKE_SOURCE_DIR}/kernels/cuda_stub/*.cpp)
list(FILTER embed_sources EXCLUDE REGEX "/autograd/(backward|gradcheck.*)\\.cpp$")
set(embed_kernels ${kernel_sources})
list(FILTER embed_kernels EXCLUDE REGEX "/kernels/registry\\.cpp$")
add_library(seqrec_embed_objects OBJECT ${embed_sources} ${embed_kernels})
target_compile_definitions(seqrec_embed_objects PRIVATE SEQREC_INFERENCE SEQREC_VERSION="${PROJECT_VERSION}")
if(variants MATCHES avx2)
  target_compile_definitions(seqrec_embed_objects PRIVATE SEQREC_X86_VARIANTS)
endif()
target_compile_options(seqrec_embed_objects PRIVATE -fvisibility=hidden)
target_link_libraries(seqrec_embed_objects PRIVATE seqrec_usage)
set(embed_objects $<TARGET_OBJECTS:seqrec_embed_objects> $<TARGET_OBJECTS:seqrec_core> ${simd_objects})

# seqrec::seqrec, shared: nothing but the C interface is visible. seqrec::static, for programs that are linked as C++.
add_library(seqrec_embed SHARED ${embed_objects})
set_target_properties(seqrec_embed PROPERTIES OUTPUT_NAME seqrec EXPORT_NAME seqrec VERSION ${PROJECT_VERSION}
  SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE CXX LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/seqrec.map)
target_link_libraries(seqrec_embed PRIVATE Threads::Threads)
target_link_options(seqrec_embed PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/seqrec.map)
add_library(seqrec_embed_static STATIC ${embed_objects})
set_target_properties(seqrec_embed_static PROPERTIES OUTPUT_NAME seqrec EXPORT_NAME static LINKER_LANGUAGE CXX)
target_link_libraries(seqrec_embed_static INTERFACE Threads::Threads)
foreach(library seqrec_embed seqrec_embed_static)
  target_include_directories(${library} INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/infer>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()

# In the tree the example stands alone; scripts/check_install builds it against an installed copy.
add_executable(embed_c ${CMAKE_SOURCE_DIR}/examples/embed_c/main.c)
target_link_libraries(embed_c PRIVATE seqrec_embed_static)
set_target_properties(embed_c PROPERTIES LINKER_LANGUAGE CXX)

install(TARGETS seqrec_embed seqrec_embed_static EXPORT seqrec_targets)
install(FILES ${CMAKE_SOURCE_DIR}/infer/seqrec.h TYPE INCLUDE)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/seqrec)
install(EXPORT seqrec_targets NAMESPACE seqrec:: FILE seqrec_targets.cmake DESTINATION ${package_dir})
file(WRITE ${CMAKE_BINARY_DIR}/seqrec-config.cmake "include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(\${CMAKE_CURRENT_LIST_DIR}/seqrec_targets.cmake)
")
write_basic_package_version_file(${CMAKE_BINARY_DIR}/seqrec-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/seqrec-config.cmake ${CMAKE_BINARY_DIR}/seqrec-config-version.cmake
  DESTINATION ${package_dir})
if(TARGET seqrec)
  install(TARGETS seqrec)
endif()
