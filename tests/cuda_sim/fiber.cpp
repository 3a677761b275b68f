#include "tests/cuda_sim/fiber.h"

#include <cstdint>
#include <new>

#include <sys/mman.h>

#include "tests/cuda_sim/sanitizers.h"

// cuda_sim_switch(save, to): pushes what a call must preserve, leaves the stack pointer at *save, takes `to`, pops.
extern "C" void cuda_sim_switch(void** save, void* to);

#if defined(__x86_64__)
asm(R"(
.text
.globl cuda_sim_switch
.type cuda_sim_switch,@function
cuda_sim_switch:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
.size cuda_sim_switch, .-cuda_sim_switch
)");
#elif defined(__aarch64__)
asm(R"(
.text
.globl cuda_sim_switch
.type cuda_sim_switch,@function
cuda_sim_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size cuda_sim_switch, .-cuda_sim_switch
)");
#else
#error "the simulator knows x86-64 and aarch64"
#endif

namespace cuda_sim {
namespace {

constexpr std::size_t kGuard = kPage;

/// The words that the first switch to a fiber pops: zeros, and the entry where it returns to.
void** first_frame(char* top, void (*entry)()) {
#if defined(__x86_64__)
  // A function expects the stack pointer at 8 modulo 16, as after a call.
  void** frame = reinterpret_cast<void**>(top) - 8;
  for (int i = 0; i < 8; ++i) frame[i] = nullptr;
  frame[6] = reinterpret_cast<void*>(entry);
#else
  void** frame = reinterpret_cast<void**>(top) - 20;
  for (int i = 0; i < 20; ++i) frame[i] = nullptr;
  frame[11] = reinterpret_cast<void*>(entry);
#endif
  return frame;
}

}  // namespace

void renew(void* begin, std::size_t bytes) {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  if (mmap(begin, bytes, PROT_READ | PROT_WRITE, kFlags, -1, 0) == MAP_FAILED) throw std::bad_alloc();
}

std::size_t Stack::size() { return std::size_t{has_asan() || has_tsan() ? 128u : 64u} << 10; }

Stack StackPool::take() {
  if (!free_.empty()) {
    const Stack stack = free_.back();
    free_.pop_back();
    return stack;
  }
  void* memory = mmap(nullptr, Stack::size() + kGuard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  mprotect(memory, kGuard, PROT_NONE);
  return {static_cast<char*>(memory) + kGuard};
}

void StackPool::give_back(Stack stack) {
  if (has_tsan()) {
    // Most fibers touch the last pages alone; what lies below the first untouched one is new.
    char* const top = stack.bottom + Stack::size();
    unsigned char touched = 1;
    std::size_t used = 0;
    while (used < Stack::size() && (touched & 1) != 0) {
      used += kPage;
      if (used < Stack::size()) mincore(top - used - kPage, kPage, &touched);
    }
    renew(top - used, used);
  }
  unpoison(stack.bottom, Stack::size());  // what the frames of an abandoned fiber left
  free_.push_back(stack);
}

void prepare(Fiber& fiber, Stack stack, void (*entry)()) {
  fiber.bottom = stack.bottom;
  fiber.size = Stack::size();
  // All stacks begin at a page, and a page is what a cache finds its sets by: frames at the same place would fight for
  // a few of them. So each begins some lines further on, all within the last page.
  constexpr std::uintptr_t kLine = 64;
  const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(stack.bottom) / kPage;
  fiber.stack_pointer = first_frame(stack.bottom + Stack::size() - page % (kPage / kLine / 2) * kLine, entry);
}

void switch_fiber(Fiber& from, Fiber& to, bool ends) {
  if (__sanitizer_start_switch_fiber) {
    __sanitizer_start_switch_fiber(ends ? nullptr : &from.fake_stack, to.bottom, to.size);
  }
  if (__tsan_switch_to_fiber) {
    if (from.tsan == nullptr) from.tsan = __tsan_get_current_fiber();
    constexpr unsigned kUnordered = 1;  // a switch is no synchronisation
    __tsan_switch_to_fiber(to.tsan, kUnordered);
  }
  cuda_sim_switch(&from.stack_pointer, to.stack_pointer);
  if (__sanitizer_finish_switch_fiber) __sanitizer_finish_switch_fiber(from.fake_stack, nullptr, nullptr);
}

void begin_fiber(Fiber& from) {
  if (__sanitizer_finish_switch_fiber) __sanitizer_finish_switch_fiber(nullptr, &from.bottom, &from.size);
}

}  // namespace cuda_sim
