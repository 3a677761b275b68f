// The one list of kernels: a family joins it by its include. The macro makes each declaration register its name.
#define SEQREC_KERNEL_REGISTRY

#include <string_view>
#include <vector>

namespace seqrec::kernels {
static std::vector<std::string_view>& list() {
  static std::vector<std::string_view> names;
  return names;
}
static std::vector<std::string_view>& cuda_list() {
  static std::vector<std::string_view> names;
  return names;
}
namespace detail {
bool add_kernel(std::string_view name, bool has_cuda) {
  list().push_back(name);
  if (has_cuda) cuda_list().push_back(name);
  return true;
}
}  // namespace detail
}  // namespace seqrec::kernels

#include "kernels/additive_scores.h"
#include "kernels/attention.h"
#include "kernels/convolution.h"
#include "kernels/copy.h"
#include "kernels/cross_entropy.h"
#include "kernels/dropout.h"
#include "kernels/elementwise.h"
#include "kernels/embedding.h"
#include "kernels/graph.h"
#include "kernels/gru.h"
#include "kernels/kernel.h"
#include "kernels/matmul.h"
#include "kernels/norm.h"
#include "kernels/optimizer.h"
#include "kernels/pairs.h"
#include "kernels/reduce.h"
#include "kernels/score_mlp.h"
#include "kernels/softmax.h"
#include "kernels/topk.h"
#include "kernels/window.h"

namespace seqrec::kernels {
const std::vector<std::string_view>& kernel_names() { return list(); }
const std::vector<std::string_view>& cuda_kernel_names() { return cuda_list(); }
}  // namespace seqrec::kernels
