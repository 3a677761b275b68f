# What every target shares, and `seqrec_room`: one static library per folder, in the order of the dependency arrows.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_package(Threads REQUIRED)

# A multiply-add is fused only in kernels/cpu/simd, whose own options come after this one.
add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-ffp-contract=off>)

add_library(seqrec_options INTERFACE)
target_include_directories(seqrec_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(seqrec_options INTERFACE -Wall -Wextra -ffunction-sections -fdata-sections)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # GCC 12 warns of an overlap in std::string concatenation that isn't there (GCC bug 105651).
  target_compile_options(seqrec_options INTERFACE -Wno-restrict)
else()
  # calculate_loss overrides only where training is built in (models/model.h).
  target_compile_options(seqrec_options INTERFACE -Wno-inconsistent-missing-override)
endif()
if(SEQREC_WERROR)
  target_compile_options(seqrec_options INTERFACE $<$<COMPILE_LANGUAGE:C,CXX>:-Werror>)
endif()
if(SEQREC_SANITIZE)
  target_compile_options(seqrec_options INTERFACE -fsanitize=${SEQREC_SANITIZE} -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)  # its instrumented code looks uninitialised to GCC, with doctest's copies
    target_compile_options(seqrec_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_link_options(seqrec_options INTERFACE -fsanitize=${SEQREC_SANITIZE})
endif()
if(SEQREC_FUZZ)
  target_compile_options(seqrec_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_link_options(seqrec_options INTERFACE -Wl,--gc-sections)
target_link_libraries(seqrec_options INTERFACE Threads::Threads)

# seqrec_room(NAME [USES room...] [PRIVATE library...]): library seqrec_NAME of all NAME/*.cpp and NAME/*/*.cpp.
function(seqrec_room name)
  cmake_parse_arguments(ARG "" "" "USES;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.cpp)
  list(TRANSFORM ARG_USES PREPEND seqrec_)
  add_library(seqrec_${name} STATIC ${sources})
  target_link_libraries(seqrec_${name} PUBLIC ${ARG_USES} seqrec_options PRIVATE ${ARG_PRIVATE})
endfunction()
