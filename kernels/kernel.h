#pragma once

#include <string_view>
#include <vector>

#include "core/tensor.h"
#include "kernels/build.h"

/// The seam between the engine and its backends. A family header (kernels/matmul.h, ...) declares each kernel once,
/// with SEQREC_KERNEL(name, parameter types...). That declares plain functions of the same signature in the namespaces
/// `cpu`, `cuda` and `reference`, which the linker finds in kernels/cpu, kernels/cuda and kernels/cpu/reference, one in
/// `check` (kernels/matmul.cpp, ...) which refuses wrong arguments for all of them, and a callable `kernels::name`
/// which checks, then calls the one that its tensors' device asks for; tensors may also stand in a list of structs (a
/// std::vector, with T::for_each_tensor), and where that is empty nothing is called. A function of `cuda` may be absent
/// (a weak symbol: null), as all of them are in a program built without CUDA.
///
/// Contracts shared by all kernels: results are written into tensors that the caller allocated (last parameters,
/// contiguous and of the right shape unless stated); inputs may have any strides unless stated; results don't alias
/// inputs unless stated; results are overwritten unless a Write says otherwise; shapes and dtypes are checked before
/// the kernel runs, with `[name] rule: shapes` as error; size-0 tensors are legal; f32 and f64; nothing depends on the
/// number of threads.
namespace seqrec::kernels {

/// Whether a kernel overwrites its result or adds to it.
enum class Write { Overwrite, Accumulate };

/// Calls the plain formulas of kernels/cpu/reference instead of kernels/cpu in this thread, for as long as it lives.
class ReferenceScope {
 public:
  ReferenceScope() : previous_(active_) { active_ = true; }
  ~ReferenceScope() { active_ = previous_; }
  ReferenceScope(const ReferenceScope&) = delete;
  ReferenceScope& operator=(const ReferenceScope&) = delete;
  static bool active() { return active_; }

 private:
  bool previous_;
  static thread_local bool active_;
};

/// Every kernel of every family, by name: what coverage tests and benchmarks walk (kernels/registry.cpp).
const std::vector<std::string_view>& kernel_names();
/// Those of them that this program has for CUDA.
const std::vector<std::string_view>& cuda_kernel_names();

/// While alive, collects the names of the kernels that this thread calls (coverage tests).
class CallTrace {
 public:
  CallTrace();
  ~CallTrace();
  CallTrace(const CallTrace&) = delete;
  CallTrace& operator=(const CallTrace&) = delete;
  const std::vector<std::string_view>& names() const { return names_; }
  static void note(std::string_view name);

 private:
  std::vector<std::string_view> names_;
  CallTrace* previous_;
};

namespace detail {

template <class T>
void find_device(const T&, const Tensor*&) {}
inline void find_device(const Tensor& tensor, const Tensor*& found) {
  if (!found && tensor.defined()) found = &tensor;
}

template <class T>
void check_device(const char*, const T&, Device) {}
inline void check_device(const char* name, const Tensor& tensor, Device device) {
  if (tensor.defined() && tensor.device() != device) {
    throw DeviceError(concat("[", name, "] tensors on different devices: ", device, " and ", tensor.device()));
  }
}

template <class T>
bool is_empty_list(const T&) {
  return false;
}

// Of a list of structs that hold tensors: T::for_each_tensor tells them.
template <class T>
void find_device(const std::vector<T>& list, const Tensor*& found) {
  for (const T& one : list) one.for_each_tensor([&](const Tensor& tensor) { find_device(tensor, found); });
}
template <class T>
void check_device(const char* name, const std::vector<T>& list, Device device) {
  for (const T& one : list) one.for_each_tensor([&](const Tensor& tensor) { check_device(name, tensor, device); });
}
template <class T>
bool is_empty_list(const std::vector<T>& list) {
  return list.empty();
}

// A list of tensors may be empty: what isn't asked for.
inline void find_device(const std::vector<Tensor>&, const Tensor*&) {}
inline void check_device(const char* name, const std::vector<Tensor>& tensors, Device device) {
  for (const Tensor& tensor : tensors) check_device(name, tensor, device);
}
inline bool is_empty_list(const std::vector<Tensor>&) { return false; }

template <class F>
struct Kernel;
template <class... P>
struct Kernel<void(P...)> {
  const char* name;
  void (*check)(P...);
  void (*cpu)(P...);
  void (*cuda)(P...);
  void (*reference)(P...);  // null where nothing is trained

  void operator()(P... args) const {
    if ((is_empty_list(args) || ...)) return;
    if constexpr (!kTraining) {  // on the CPU alone
      check(args...);
      return cpu(args...);
    }
    const Tensor* first = nullptr;
    (find_device(args, first), ...);
    require<ShapeError>(first != nullptr, "[", name, "] needs at least one defined tensor");
    const Device device = first->device();
    (check_device(name, args, device), ...);
    const auto run = device.kind == Device::Kind::Cpu ? cpu : cuda;
    if (run == nullptr) throw DeviceError(concat("[", name, "] has no kernel for ", device));
    check(args...);
    CallTrace::note(name);
    if (ReferenceScope::active() && device.kind == Device::Kind::Cpu) return reference(args...);
    run(args...);
  }
};

}  // namespace detail
}  // namespace seqrec::kernels

#ifdef SEQREC_KERNEL_REGISTRY  // defined by kernels/registry.cpp alone, which includes every family
#define SEQREC_REGISTER_KERNEL(name) \
  static const bool name##_registered = seqrec::kernels::detail::add_kernel(#name, &cuda::name != nullptr);
namespace seqrec::kernels::detail {
bool add_kernel(std::string_view name, bool has_cuda);
}
#else
#define SEQREC_REGISTER_KERNEL(name)
#endif

#define SEQREC_KERNEL(name, ...)                                                                        \
  namespace check {                                                                                     \
  void name(__VA_ARGS__);                                                                               \
  }                                                                                                     \
  namespace cpu {                                                                                       \
  void name(__VA_ARGS__);                                                                               \
  }                                                                                                     \
  namespace cuda {                                                                                      \
  __attribute__((weak)) void name(__VA_ARGS__);                                                         \
  }                                                                                                     \
  namespace reference {                                                                                 \
  void name(__VA_ARGS__);                                                                               \
  }                                                                                                     \
  inline constexpr detail::Kernel<void(__VA_ARGS__)> name{#name, &check::name, &cpu::name, &cuda::name, \
                                                          kTraining ? &reference::name : nullptr};      \
  SEQREC_REGISTER_KERNEL(name)
