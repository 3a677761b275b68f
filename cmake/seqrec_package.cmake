# What is installed: seqrec::engine and seqrec::program, with which others train models of their own, the C library
# (seqrec_embed.cmake), the program, headers, and what CMake and pkg-config find them by.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/seqrec)
set(package_include ${CMAKE_BINARY_DIR}/include)

# seqrec_package(NAME OBJECTS object... LINKS library...): seqrec::NAME, one archive of many folders' objects.
function(seqrec_package name)
  cmake_parse_arguments(ARG "" "" "OBJECTS;LINKS" ${ARGN})
  add_library(seqrec_${name} STATIC ${ARG_OBJECTS})
  add_library(seqrec::${name} ALIAS seqrec_${name})
  set_target_properties(seqrec_${name} PROPERTIES EXPORT_NAME ${name} LINKER_LANGUAGE CXX)
  target_compile_features(seqrec_${name} INTERFACE cxx_std_20)
  target_include_directories(seqrec_${name} INTERFACE $<BUILD_INTERFACE:${package_include}>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(seqrec_${name} ${ARG_LINKS})
  add_dependencies(seqrec_${name} seqrec_headers)
  install(TARGETS seqrec_${name} EXPORT seqrec_${name})
  install(EXPORT seqrec_${name} NAMESPACE seqrec:: DESTINATION ${package_folder})
endfunction()

# seqrec_pkg_config(FILE DESCRIPTION text LIBS text [REQUIRES text] [PRIVATE text] [CFLAGS text])
file(RELATIVE_PATH package_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" package_prefix "${package_prefix}")
function(seqrec_pkg_config name)
  cmake_parse_arguments(ARG "" "DESCRIPTION;REQUIRES;LIBS;PRIVATE;CFLAGS" "" ${ARGN})
  configure_file(${CMAKE_SOURCE_DIR}/cmake/seqrec.pc.in ${CMAKE_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# The C library.
install(TARGETS seqrec_embed seqrec_embed_static EXPORT seqrec_targets)
install(EXPORT seqrec_targets NAMESPACE seqrec:: DESTINATION ${package_folder})
list(JOIN SEQREC_MODELS " " package_models)
list(JOIN SEQREC_VARIANTS " " package_variants)
seqrec_pkg_config(seqrec DESCRIPTION "serves recommenders that seqrec trains: ${package_models}" LIBS -lseqrec
  PRIVATE "-lstdc++ -lm -pthread")

# The C++ libraries.
set(package_components)
set(public_folders)
set(public_headers)
if(SEQREC_ENGINE)
  list(APPEND package_components engine)
  list(APPEND public_folders core kernels autograd autograd/ops nn optim)
  set(engine_links Threads::Threads)
  set(engine_libs "-lseqrec_engine -lm -pthread")
  set(cuda_objects $<TARGET_OBJECTS:seqrec_cuda_stub>)
  if(SEQREC_CUDA)
    # The dispatch refers to CUDA's kernels weakly, which takes nothing out of an archive. In one object they come with
    # what opens a device (kernels/cuda.h), and a program that opens none has none of them.
    set(parts $<TARGET_OBJECTS:seqrec_cuda> $<TARGET_OBJECTS:seqrec_cuda_kernels>)
    set(cuda_objects ${CMAKE_BINARY_DIR}/seqrec_cuda.o)
    add_custom_command(OUTPUT ${cuda_objects} COMMAND ${CMAKE_LINKER} -r -o ${cuda_objects} ${parts} DEPENDS ${parts}
      COMMAND_EXPAND_LISTS VERBATIM)
    set_source_files_properties(${cuda_objects} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
    list(APPEND engine_links CUDA::cudart_static -Wl,-rpath,${CUDAToolkit_LIBRARY_DIR})
    string(APPEND engine_libs " -L${CUDAToolkit_LIBRARY_DIR} -lcudart_static -ldl -lrt -Wl,-rpath,${CUDAToolkit_LIBRARY_DIR}")
  endif()
  seqrec_package(engine LINKS INTERFACE ${engine_links} OBJECTS ${simd_objects} ${cuda_objects}
    $<TARGET_OBJECTS:seqrec_core> $<TARGET_OBJECTS:seqrec_core_cold> $<TARGET_OBJECTS:seqrec_kernels>
    $<TARGET_OBJECTS:seqrec_build> $<TARGET_OBJECTS:seqrec_reference>
    $<TARGET_OBJECTS:seqrec_autograd> $<TARGET_OBJECTS:seqrec_nn> $<TARGET_OBJECTS:seqrec_optim>)
  seqrec_pkg_config(seqrec-engine DESCRIPTION "tensors, autograd, neural networks and their optimisers"
    LIBS ${engine_libs} CFLAGS -std=c++20)
endif()
if(SEQREC_PROGRAM)
  list(APPEND package_components program)
  list(APPEND public_folders models data train)
  list(APPEND public_headers infer/session.h infer/workspace.h dist/processes.h cli/program.h)
  seqrec_package(program LINKS INTERFACE seqrec_engine yaml-cpp ZLIB::ZLIB OBJECTS
    $<TARGET_OBJECTS:seqrec_models> $<TARGET_OBJECTS:seqrec_data> $<TARGET_OBJECTS:seqrec_dist>
    $<TARGET_OBJECTS:seqrec_train>
    $<TARGET_OBJECTS:seqrec_tune> $<TARGET_OBJECTS:seqrec_report> $<TARGET_OBJECTS:seqrec_infer>
    $<$<BOOL:${SEQREC_SERVE}>:$<TARGET_OBJECTS:seqrec_serve>>
    $<TARGET_OBJECTS:seqrec_cli>)
  seqrec_pkg_config(seqrec-program DESCRIPTION "the program seqrec as a library, for models of one's own"
    REQUIRES "seqrec-engine yaml-cpp zlib" LIBS -lseqrec_program)
endif()

# Headers: build/include is what is installed. Those of the public folders, but what only this tree's sources include,
# under seqrec/, and so no name such as core/ is on anybody's path.
foreach(folder ${public_folders})
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/${folder}/*.h)
  list(APPEND public_headers ${headers})
endforeach()
list(REMOVE_ITEM public_headers autograd/node.h autograd/one.h core/cpu_memory.h core/json_number.h kernels/check.h
  kernels/optimizer_factors.h kernels/optimizer_rules.h nn/scope_node.h optim/waiting_rows.h)
list(TRANSFORM public_headers PREPEND ${CMAKE_SOURCE_DIR}/ OUTPUT_VARIABLE header_sources)
list(TRANSFORM public_headers PREPEND ${package_include}/seqrec/ OUTPUT_VARIABLE copied_headers)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/include.stamp
  BYPRODUCTS ${copied_headers} # so that a build in which one changes compiles again what includes it
  COMMAND ${CMAKE_COMMAND} "-DHEADERS=${public_headers}" -DFROM=${CMAKE_SOURCE_DIR} -DTO=${package_include}
    -P ${CMAKE_SOURCE_DIR}/cmake/copy_headers.cmake
  COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/include.stamp
  DEPENDS ${header_sources} ${CMAKE_SOURCE_DIR}/infer/seqrec.h
    ${CMAKE_SOURCE_DIR}/infer/seqrec.hpp ${CMAKE_SOURCE_DIR}/cmake/copy_headers.cmake
  COMMENT "Copying the public headers" VERBATIM)
add_custom_target(seqrec_headers ALL DEPENDS ${CMAKE_BINARY_DIR}/include.stamp)
install(DIRECTORY ${package_include}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

if(TARGET seqrec)
  install(TARGETS seqrec)
endif()
if(TARGET seqrec-mpi)
  install(TARGETS seqrec-mpi)
endif()
if(TARGET seqrec AND NOT CMAKE_CROSSCOMPILING)  # the manual's pages are what the program says of itself
  set(man_pages ${CMAKE_BINARY_DIR}/man/man1)
  add_custom_command(OUTPUT ${man_pages}/seqrec.1 COMMAND ${CMAKE_SOURCE_DIR}/scripts/man_pages $<TARGET_FILE:seqrec> ${man_pages}
    DEPENDS seqrec ${CMAKE_SOURCE_DIR}/scripts/man_pages ${CMAKE_SOURCE_DIR}/CHANGELOG.md COMMENT "Writing the manual's pages" VERBATIM)
  add_custom_target(seqrec_man ALL DEPENDS ${man_pages}/seqrec.1)
  install(DIRECTORY ${man_pages} DESTINATION ${CMAKE_INSTALL_MANDIR})
endif()
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
configure_file(${CMAKE_SOURCE_DIR}/cmake/seqrec-config.cmake.in ${CMAKE_BINARY_DIR}/seqrec-config.cmake @ONLY)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/seqrec-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/seqrec-config.cmake ${CMAKE_BINARY_DIR}/seqrec-config-version.cmake
  DESTINATION ${package_folder})

# The examples, each with its own CMakeLists.txt, whose find_package(seqrec) finds the targets above.
file(WRITE ${CMAKE_FIND_PACKAGE_REDIRECTS_DIR}/seqrec-config.cmake "")
configure_file(${CMAKE_BINARY_DIR}/seqrec-config-version.cmake ${CMAKE_FIND_PACKAGE_REDIRECTS_DIR} COPYONLY)
set(SEQREC_LIBRARY seqrec::static CACHE STRING "")
file(GLOB examples CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/examples/*/CMakeLists.txt)
foreach(example ${examples})
  file(READ ${example} text)
  if(text MATCHES "COMPONENTS ([a-z]+)" AND NOT CMAKE_MATCH_1 IN_LIST package_components)
    continue()
  endif()
  get_filename_component(folder ${example} DIRECTORY)
  add_subdirectory(${folder})
endforeach()
