#pragma once

/// The installed header of this name (cmake/copy_headers.cmake), as far as the examples need it and out of this tree's
/// sources: tests of the examples' models are built where nothing is installed, too.

#include "autograd/ops/cross_entropy.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "models/causal_input.h"
#include "models/hyper_parameters.h"
#include "models/list.h"
#include "models/transformer_keys.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/gru.h"
#include "nn/linear.h"
#include "nn/losses.h"
#include "nn/norm.h"
#include "nn/transformer.h"
