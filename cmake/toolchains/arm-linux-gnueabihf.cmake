# g++-arm-linux-gnueabihf.
set(triple arm-linux-gnueabihf)
set(qemu qemu-arm)
include(${CMAKE_CURRENT_LIST_DIR}/debian_cross.cmake)
set(CMAKE_CXX_FLAGS_INIT -Wno-psabi)  # GCC's note on how GCC 7 changed a call
