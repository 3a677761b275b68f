# cmake -DHEADERS=core/tensor.h;... -DFROM=SOURCES -DTO=INCLUDE -P copy_headers.cmake: makes INCLUDE of the public
# headers, as it is installed (cmake/seqrec_package.cmake). A file that doesn't change isn't touched.
cmake_minimum_required(VERSION 3.25)

set(made)
function(write name text)
  set(old)
  if(EXISTS ${TO}/seqrec/${name})
    file(READ ${TO}/seqrec/${name} old)
  endif()
  if(NOT old STREQUAL text)
    file(WRITE ${TO}/seqrec/${name} "${text}")
  endif()
  set(made ${made} ${name} PARENT_SCOPE)
endfunction()

set(of_other_libraries)
foreach(header IN LISTS HEADERS)
  file(READ ${FROM}/${header} text)
  string(REGEX MATCHALL "#include \"[^\"]+\"" includes "${text}")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "#include \"(.*)\"" "\\1" path "${include}")
    if(NOT path IN_LIST HEADERS)
      message(FATAL_ERROR "${header} is installed and includes \"${path}\", which is not (cmake/seqrec_package.cmake)")
    endif()
  endforeach()
  if(text MATCHES "#include <Eigen/")
    list(APPEND of_other_libraries ${header})
  endif()
  string(REGEX REPLACE "#include \"([^\"]+)\"" "#include <seqrec/\\1>" text "${text}")
  string(REPLACE "#ifdef SEQREC_INFERENCE\n"
    "#ifdef SEQREC_INFERENCE\n#error \"SEQREC_INFERENCE is for libseqrec's own sources: these headers are the whole build's\"\n"
    text "${text}")
  write(${header} "${text}")
endforeach()

# umbrella(NAME ABOUT REGEX FIRST...): a header of those FIRST and all that match, but what speaks to another library.
function(umbrella name about matching)
  set(text "#pragma once\n\n/// ${about}\n\n")
  foreach(header IN LISTS ARGN HEADERS)
    if(header IN_LIST ARGN OR (header MATCHES "${matching}" AND NOT header IN_LIST of_other_libraries))
      string(APPEND text "#include <seqrec/${header}>\n")
    endif()
  endforeach()
  write(${name} "${text}")
  set(made ${made} PARENT_SCOPE)
endfunction()

umbrella(engine.h "Tensors, autograd and its operations, modules, optimisers, gradcheck: what seqrec::engine has, but kernels."
  "^(core|autograd|nn|optim)/")
if(HEADERS MATCHES "models/")
  umbrella(models.h "What a model is written with: the engine, the models' base classes, their inputs and their files."
    "^models/" engine.h)
endif()
if("cli/program.h" IN_LIST HEADERS)
  umbrella(program.h "The program seqrec as a function, for a main() of one's own." "^cli/")
endif()

# What was public once.
file(GLOB_RECURSE there RELATIVE ${TO}/seqrec ${TO}/seqrec/*)
if(there)
  list(REMOVE_ITEM there ${made})
  list(TRANSFORM there PREPEND ${TO}/seqrec/)
  if(there)
    file(REMOVE ${there})
  endif()
endif()
configure_file(${FROM}/infer/seqrec.h ${TO}/seqrec.h COPYONLY)
