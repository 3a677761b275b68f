#pragma once

#include <cstddef>
#include <vector>

/// Fibers: stacks that one thread of the system switches between by hand (a system call a switch, as ucontext makes,
/// would be too slow for a CUDA thread).
namespace cuda_sim {

/// A stack with a page below it that may not be touched.
struct Stack {
  char* bottom = nullptr;
  static std::size_t size();
};

constexpr std::size_t kPage = 4096;

/// Makes pages new: zeros, and TSan forgets who wrote there (which costs it time for each of them).
void renew(void* begin, std::size_t bytes);

/// Stacks for reuse. Under TSan what was touched is renewed: what two fibers wrote to one address would look like a
/// race.
class StackPool {
 public:
  Stack take();
  void give_back(Stack stack);

 private:
  std::vector<Stack> free_;
};

/// A point of execution that can be left and entered again.
struct Fiber {
  void* stack_pointer = nullptr;
  const void* bottom = nullptr;  ///< of its stack
  std::size_t size = 0;
  void* fake_stack = nullptr;  ///< ASan's
  void* tsan = nullptr;        ///< TSan's
};

/// Makes `fiber` begin with `entry` on a stack when it is first entered. `entry` must not return.
void prepare(Fiber& fiber, Stack stack, void (*entry)());
/// Leaves `from` (for good if `ends`) and enters `to`; returns when something enters `from` again.
void switch_fiber(Fiber& from, Fiber& to, bool ends = false);
/// The first thing that a fiber's entry calls: `from` is the fiber that entered it.
void begin_fiber(Fiber& from);

}  // namespace cuda_sim
