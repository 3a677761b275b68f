# libseqrec: what others embed. The folders up to infer/, compiled with SEQREC_INFERENCE, which compiles autograd's
# record() away, so that no backward code is in it, and no f64, and without CUDA. The hot part of core/ and the
# instruction-set variants don't know of that: their objects are reused.

# seqrec_choice(VARIABLE ALL...): checks the names in a list that a user gave; empty stands for all.
function(seqrec_choice variable)
  foreach(name IN LISTS ${variable})
    if(NOT name IN_LIST ARGN)
      list(JOIN ARGN ";" all)
      message(FATAL_ERROR "${variable}: there is no '${name}', expected some of ${all}")
    endif()
  endforeach()
  if(NOT ${variable})
    set(${variable} ${ARGN} PARENT_SCOPE)
  endif()
endfunction()
set(model_names SHAN Caser SRGNN S3Rec DIEN Pop Markov ItemKNN)
set(model_functions shan caser srgnn s3rec dien pop markov item_knn)
seqrec_choice(SEQREC_MODELS ${model_names})
seqrec_choice(SEQREC_VARIANTS ${SEQREC_SIMD_VARIANTS})

file(GLOB_RECURSE embed_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/autograd/*.cpp ${CMAKE_SOURCE_DIR}/nn/*.cpp
  ${CMAKE_SOURCE_DIR}/models/*.cpp ${CMAKE_SOURCE_DIR}/infer/*.cpp ${CMAKE_SOURCE_DIR}/kernels/cuda_stub/*.cpp)
list(FILTER embed_sources EXCLUDE REGEX "/(autograd/(backward|gradcheck.*)|models/list)\\.cpp$")
set(embed_kernels ${kernel_sources})
list(FILTER embed_kernels INCLUDE REGEX "/kernels/cpu/(alone.*|byte_table|simd)\\.cpp$")
list(APPEND embed_sources ${kernel_sources})
list(REMOVE_ITEM embed_sources ${embed_kernels} ${CMAKE_SOURCE_DIR}/kernels/registry.cpp)
add_library(seqrec_embed_objects OBJECT ${embed_sources} ${core_cold})
add_library(seqrec_embed_models OBJECT ${CMAKE_SOURCE_DIR}/models/list.cpp)
add_library(seqrec_embed_kernels OBJECT ${embed_kernels})
foreach(objects seqrec_embed_objects seqrec_embed_models seqrec_embed_kernels)
  target_compile_definitions(${objects} PRIVATE SEQREC_INFERENCE SEQREC_VERSION="${PROJECT_VERSION}")
  target_compile_options(${objects} PRIVATE -fvisibility=hidden -fno-rtti -fno-asynchronous-unwind-tables)
  target_link_libraries(${objects} PRIVATE seqrec_usage)
endforeach()
# What is hot is in the kernels that requests are computed with, and their loops.
target_compile_options(seqrec_embed_objects PRIVATE $<$<CONFIG:Release>:-Os>)
target_compile_options(seqrec_embed_models PRIVATE $<$<CONFIG:Release>:-Os>)
target_compile_options(seqrec_embed_kernels PRIVATE $<$<CONFIG:Release>:-O2>)

# A model that no list names, and a variant that no table names, the linker leaves out.
set(infos)
set(left_out "\"\"")
foreach(name function IN ZIP_LISTS model_names model_functions)
  if(name IN_LIST SEQREC_MODELS)
    list(APPEND infos "${function}_info()")
  else()
    list(APPEND left_out "\"${name}\"")
  endif()
endforeach()
list(JOIN infos ", " infos)
list(JOIN left_out ", " left_out)
target_compile_definitions(seqrec_embed_models PRIVATE "SEQREC_MODEL_INFOS=${infos}" "SEQREC_MODELS_LEFT_OUT=${left_out}")
set(embed_simd)
foreach(variant IN LISTS SEQREC_SIMD_VARIANTS)
  if(variant IN_LIST SEQREC_VARIANTS)
    list(APPEND embed_simd $<TARGET_OBJECTS:seqrec_simd_${variant}>)
  else()
    string(TOUPPER "SEQREC_WITHOUT_${variant}" without)
    target_compile_definitions(seqrec_embed_kernels PRIVATE ${without})
    target_compile_definitions(seqrec_embed_objects PRIVATE ${without})
  endif()
endforeach()
set(embed_objects $<TARGET_OBJECTS:seqrec_embed_objects> $<TARGET_OBJECTS:seqrec_embed_models>
  $<TARGET_OBJECTS:seqrec_embed_kernels> $<TARGET_OBJECTS:seqrec_core> ${embed_simd})

# seqrec::seqrec, shared: nothing but the C interface is visible. seqrec::static, for programs that are linked as C++.
add_library(seqrec_embed SHARED ${embed_objects})
add_library(seqrec::seqrec ALIAS seqrec_embed)
file(STRINGS ${CMAKE_SOURCE_DIR}/infer/seqrec.h abi_version REGEX "define SEQREC_ABI_VERSION")
string(REGEX MATCH "[0-9]+$" abi_version "${abi_version}")
set_target_properties(seqrec_embed PROPERTIES OUTPUT_NAME seqrec EXPORT_NAME seqrec
  VERSION ${abi_version}.${PROJECT_VERSION}
  SOVERSION ${abi_version} LINKER_LANGUAGE CXX LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/seqrec.map)
target_link_libraries(seqrec_embed PRIVATE Threads::Threads)
target_link_options(seqrec_embed PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/seqrec.map
  -Wl,--no-undefined-version)
add_library(seqrec_embed_static STATIC ${embed_objects})
add_library(seqrec::static ALIAS seqrec_embed_static)
set_target_properties(seqrec_embed_static PROPERTIES OUTPUT_NAME seqrec EXPORT_NAME static LINKER_LANGUAGE CXX)
target_link_libraries(seqrec_embed_static INTERFACE Threads::Threads)
foreach(library seqrec_embed seqrec_embed_static)
  target_include_directories(${library} INTERFACE $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  add_dependencies(${library} seqrec_headers)  # seqrec_package.cmake
endforeach()

# All of it as one source: amalgamation/seqrec.h and seqrec.cpp.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  get_target_property(amalgamated_core seqrec_core SOURCES)
  list(FILTER amalgamated_core EXCLUDE REGEX "\\$<")
  set(amalgamated ${amalgamated_core} ${embed_sources} ${core_cold} ${CMAKE_SOURCE_DIR}/models/list.cpp ${embed_kernels})
  add_custom_target(amalgamation
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/scripts/amalgamate ${CMAKE_BINARY_DIR}/amalgamation
      --version ${PROJECT_VERSION} "--sources=${amalgamated}" "--simd=${simd_sources}" "--variants=${SEQREC_VARIANTS}"
      "--define=SEQREC_MODEL_INFOS=${infos}" "--define=SEQREC_MODELS_LEFT_OUT=${left_out}"
    COMMENT "Writing amalgamation/seqrec.h and seqrec.cpp" VERBATIM)
endif()
