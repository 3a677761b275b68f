// The one list of kernels. The macro makes each declaration of a family register its name.
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

#include <kernel_families.h>  // written by the build: every header of kernels/

namespace seqrec::kernels {
const std::vector<std::string_view>& kernel_names() { return list(); }
const std::vector<std::string_view>& cuda_kernel_names() { return cuda_list(); }
}  // namespace seqrec::kernels
