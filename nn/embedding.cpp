#include "nn/embedding.h"

#include "autograd/ops/embedding.h"

namespace seqrec::nn {

using namespace autograd;

Embedding::Embedding(Scope at, std::int64_t rows, std::int64_t width, const EmbeddingOptions& options)
    : Module(at), weight_(at.parameter("weight", {rows, width}, options.initial)), padding_(options.padding) {}

Variable Embedding::operator()(const Index& ids) const { return embedding(weight_, ids, padding_); }

}  // namespace seqrec::nn
