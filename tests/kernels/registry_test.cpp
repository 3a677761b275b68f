#include <algorithm>

#include "kernels/copy.h"
#include "kernels/elementwise.h"
#include "tests/kernels/parity.h"
#include "tests/message_of.h"

using namespace seqrec;
using namespace seqrec::kernels;

TEST_CASE("the registry holds every kernel once") {
  std::vector<std::string_view> names = kernel_names();
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  // One of each family.
  for (const char* name : {"copy", "binary", "sum", "matmul", "softmax", "layer_norm", "dropout", "gather_rows",
                           "window_softmax", "cross_entropy", "score_topk", "adam_step"}) {
    CAPTURE(name);
    CHECK(std::binary_search(names.begin(), names.end(), name));
  }
}

TEST_CASE("a trace notes the kernels that are called while it lives") {
  Tensor x({2});
  kernels::fill(1, x);
  const CallTrace outer;
  {
    const CallTrace inner;
    kernels::affine(2, 0, x, x);
    CHECK(inner.names() == std::vector<std::string_view>{"affine"});
  }
  kernels::add_scaled(1, x, x);
  CHECK(outer.names() == std::vector<std::string_view>{"add_scaled"});
}

TEST_CASE("arguments are checked for the reference too, and a kernel needs a tensor") {
  Tensor x({2}), y({3}), none;
  const ReferenceScope scope;
  CHECK(message_of([&] { kernels::affine(1, 0, x, y); }) == "[affine] out: expected (2), got (3)");
  CHECK(message_of([&] { kernels::affine(1, 0, none, none); }) == "[affine] needs at least one defined tensor");
}
