# What every target shares, and `seqrec_library`: one static library per folder, in the order of the dependency arrows.

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

# How this tree compiles its own code: options of the directory, which no installed target carries to others.
# A multiply-add is fused only in kernels/cpu/simd, whose own options come after these.
add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-ffp-contract=off> -Wall -Wextra -ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)
if(SEQREC_WHEEL)
  add_link_options(-static-libstdc++ -static-libgcc)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # GCC 12 warns of an overlap in std::string concatenation that isn't there (GCC bug 105651).
  add_compile_options(-Wno-restrict)
endif()
if(SEQREC_WERROR)
  add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-Werror>)
endif()
if(SEQREC_SANITIZE)
  add_compile_options(-fsanitize=${SEQREC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)  # its instrumented code looks uninitialised to GCC, with doctest's copies
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  add_link_options(-fsanitize=${SEQREC_SANITIZE})
endif()
if(SEQREC_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# What code of this tree needs to use another's: includes start at the root.
add_library(seqrec_usage INTERFACE)
target_include_directories(seqrec_usage INTERFACE ${CMAKE_SOURCE_DIR})
target_link_libraries(seqrec_usage INTERFACE Threads::Threads)

# seqrec_library(NAME [USES library...] [PRIVATE library...] [EXCEPT source...]): library seqrec_NAME of all NAME/*.cpp and
# NAME/*/*.cpp.
function(seqrec_library name)
  cmake_parse_arguments(ARG "" "" "USES;PRIVATE;EXCEPT" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${name}/*.cpp)
  list(REMOVE_ITEM sources ${ARG_EXCEPT})
  list(TRANSFORM ARG_USES PREPEND seqrec_)
  add_library(seqrec_${name} STATIC ${sources})
  target_link_libraries(seqrec_${name} PUBLIC ${ARG_USES} seqrec_usage PRIVATE ${ARG_PRIVATE})
endfunction()
