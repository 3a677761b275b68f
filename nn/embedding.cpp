#include "nn/embedding.h"

#include "autograd/ops/embedding.h"
#include "core/error.h"

namespace seqrec::nn {

using namespace autograd;

Embedding::Embedding(Scope at, std::int64_t rows, std::int64_t width, const EmbeddingOptions& options)
    : Module(at), weight_(at.parameter("weight", {rows, width}, options.initial)), padding_(options.padding) {
  require<UsageError>(padding_ >= -1 && padding_ < rows, "[embedding] padding must be a row of the ", rows,
                      ", or -1 for none, got ", padding_);
}

Variable Embedding::operator()(const Index& ids) const { return embedding(weight_, ids, padding_); }

}  // namespace seqrec::nn
