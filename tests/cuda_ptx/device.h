#pragma once

// What the translator's C++ is made of: an instruction of PTX is an expression or a call of what lies in these.
#include <cmath>
#include <initializer_list>

#include <vector_types.h>

#include "tests/cuda_ptx/access.h"
#include "tests/cuda_ptx/arithmetic.h"
#include "tests/cuda_ptx/bits.h"
#include "tests/cuda_ptx/conversion.h"
#include "tests/cuda_ptx/integers.h"
#include "tests/cuda_ptx/kernel.h"
#include "tests/cuda_ptx/threads.h"

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
