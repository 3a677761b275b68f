#include "nn/embedding.h"

#include "autograd/ops/embedding.h"

namespace seqrec::nn {

Embedding::Embedding(Tensor weight, std::int64_t padding)
    : weight_(add_parameter("weight", std::move(weight))), padding_(padding) {}

Embedding::Embedding(std::int64_t rows, std::int64_t width, Init& init, std::int64_t padding)
    : Embedding(init.normal({rows, width}, 1.0), padding) {}

Variable Embedding::forward(const Index& ids) const { return autograd::embedding(weight_, ids, padding_); }

}  // namespace seqrec::nn
