#include "tests/cuda_sim/scheduler.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <vector>

#include "tests/cuda_sim/fiber.h"
#include "tests/cuda_sim/order.h"
#include "tests/cuda_sim/sanitizers.h"
#include "tests/cuda_sim/shared_memory.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace cuda_sim {
namespace {

constexpr int kWarp = 32;

struct Thread {
  enum class State { Ready, AtBarrier, AtExchange, Done };
  Fiber fiber;
  Stack stack;
  uint3 index{};
  State state = State::Ready;
  WarpExchange* request = nullptr;
};

/// A thread that may go on. (A type of this file's own, so that the containers' code, too, is uninstrumented.)
struct Turn {
  int thread;
};

/// The lanes that wait for each other in one warp operation.
struct Meeting {
  const char* operation;
  unsigned mask;
  unsigned arrived;
  std::shared_ptr<char> sync;  ///< TSan: the memory that the operation orders
};

struct Warp {
  unsigned live = 0;
  std::vector<Meeting> meetings;
};

/// One block at a time.
class Scheduler {
 public:
  void run_grid(const LaunchShape& shape, void (*entry)(const void*), const void* arguments);
  int block_barrier(Place place, int predicate, Vote vote);
  void exchange(WarpExchange& request);
  [[noreturn]] void thread_main();

  Order& order() { return order_; }
  const LaunchShape* shape() const { return shape_; }
  SharedMemory& shared() { return *shared_; }
  int current() const { return current_; }
  const Warp& current_warp() const { return warps_[static_cast<std::size_t>(current_ / kWarp)]; }

 private:
  void run_block(int block);
  void start(Thread& thread);
  /// Leaves the running thread; it goes on when it is ready and its turn comes.
  void yield() { switch_fiber(thread(current_).fiber, host_); }
  void make_ready(int thread);
  void open_barrier();
  void complete(int warp, std::size_t meeting);
  void complete_all(int warp);
  [[noreturn]] void fail_deadlock();
  Thread& thread(int i) { return threads_[static_cast<std::size_t>(i)]; }

  Order order_;
  StackPool stacks_;
  const LaunchShape* shape_ = nullptr;
  void (*entry_)(const void*) = nullptr;
  const void* arguments_ = nullptr;

  // Of the running block.
  Fiber host_;
  std::vector<Thread> threads_;
  std::vector<int> thread_order_;
  std::vector<Warp> warps_;
  std::deque<Turn> ready_;
  SharedMemory* shared_ = nullptr;
  int current_ = -1;
  int alive_ = 0;
  int waiting_ = 0;  // at the barrier
  int votes_ = 0;
  int outcome_ = 0;  // of the last barrier: how many voted for it
  Place barrier_{};
  unsigned generation_ = 0;
  // TSan: the memory that barriers order. Two, in turn: who leaves late must not acquire what the next one releases.
  char sync_[2] = {};
  char grid_end_ = 0;  // TSan: what the host knows after the grid
};

Scheduler& scheduler() {
  static Scheduler& instance = *new Scheduler;
  return instance;
}

std::string text(const uint3& index) {
  return "(" + std::to_string(index.x) + ", " + std::to_string(index.y) + ", " + std::to_string(index.z) + ")";
}
std::string text(Place place) { return std::string(place.file) + ":" + std::to_string(place.line); }

void Scheduler::run_grid(const LaunchShape& shape, void (*entry)(const void*), const void* arguments) {
  shape_ = &shape;
  entry_ = entry;
  arguments_ = arguments;
  blockDim = shape.block;
  gridDim = shape.grid;
  for (const int block : order_.arrange(static_cast<int>(shape.grid.x * shape.grid.y * shape.grid.z))) run_block(block);
  acquire(&grid_end_);
  shape_ = nullptr;
}

void Scheduler::run_block(int block) {
  const auto number = static_cast<unsigned>(block);
  blockIdx = {number % gridDim.x, number / gridDim.x % gridDim.y, number / gridDim.x / gridDim.y};
  const int count = static_cast<int>(blockDim.x * blockDim.y * blockDim.z);
  SharedMemory shared(shape_->shared);
  shared_ = &shared;
  threads_.assign(static_cast<std::size_t>(count), Thread{});
  warps_.assign(static_cast<std::size_t>((count + kWarp - 1) / kWarp), Warp{});
  alive_ = count;
  waiting_ = votes_ = 0;
  for (int i = 0; i < count; ++i) {
    const auto n = static_cast<unsigned>(i);
    thread(i).index = {n % blockDim.x, n / blockDim.x % blockDim.y, n / blockDim.x / blockDim.y};
    warps_[n / kWarp].live |= 1u << n % kWarp;
  }
  thread_order_ = order_.arrange(count);
  ready_.clear();
  for (const int i : thread_order_) ready_.push_back({i});

  while (alive_ > 0) {
    if (ready_.empty()) fail_deadlock();
    const auto next = ready_.begin() + static_cast<std::ptrdiff_t>(order_.pick(ready_.size()));
    std::swap(*next, ready_.front());
    current_ = ready_.front().thread;
    ready_.pop_front();
    Thread& chosen = thread(current_);
    threadIdx = chosen.index;
    if (chosen.stack.bottom == nullptr) start(chosen);
    switch_fiber(host_, chosen.fiber);
    if (chosen.state == Thread::State::Done) {
      if (has_tsan()) __tsan_destroy_fiber(chosen.fiber.tsan);
      stacks_.give_back(chosen.stack);
    }
  }
  current_ = -1;
  shared_ = nullptr;
}

void Scheduler::start(Thread& thread) {
  thread.stack = stacks_.take();
  prepare(thread.fiber, thread.stack, [] { scheduler().thread_main(); });
  // Made by the host, so that a thread knows what the host did before the launch, and nothing of other blocks.
  if (has_tsan()) thread.fiber.tsan = __tsan_create_fiber(0);
}

void Scheduler::thread_main() {
  begin_fiber(host_);
  entry_(arguments_);
  release(&grid_end_);
  Thread& self = thread(current_);
  self.state = Thread::State::Done;
  --alive_;
  const int warp = current_ / kWarp;
  warps_[static_cast<std::size_t>(warp)].live &= ~(1u << current_ % kWarp);
  // It may have been what the others waited for.
  if (waiting_ > 0 && waiting_ == alive_) open_barrier();
  complete_all(warp);
  switch_fiber(self.fiber, host_, true);
  std::abort();  // a thread that is done is never entered again
}

void Scheduler::make_ready(int i) {
  thread(i).state = Thread::State::Ready;
  ready_.push_back({i});
}

void Scheduler::open_barrier() {
  outcome_ = votes_;
  waiting_ = votes_ = 0;
  ++generation_;
  for (const int i : thread_order_)
    if (thread(i).state == Thread::State::AtBarrier) make_ready(i);
}

int Scheduler::block_barrier(Place place, int predicate, Vote vote) {
  if (waiting_ > 0 && (barrier_.line != place.line || std::string(barrier_.file) != place.file)) {
    fail("barrier in divergent code: __syncthreads at " + text(place) + " while " + std::to_string(waiting_) +
         " thread(s) wait at " + text(barrier_));
  }
  barrier_ = place;
  ++waiting_;
  votes_ += vote == Vote::And ? predicate == 0 : predicate != 0;
  char& sync = sync_[generation_ % 2];
  release(&sync);
  thread(current_).state = Thread::State::AtBarrier;
  if (waiting_ == alive_) open_barrier();
  // Also the last one queues: who goes first is up to the order.
  yield();
  acquire(&sync);
  return vote == Vote::Count ? outcome_ : vote == Vote::And ? outcome_ == 0 : outcome_ != 0;
}

void Scheduler::exchange(WarpExchange& request) {
  const int warp = current_ / kWarp;
  const unsigned self = 1u << current_ % kWarp;
  Warp& mine = warps_[static_cast<std::size_t>(warp)];
  if ((request.mask & self) == 0) fail(std::string(request.operation) + ": the mask leaves out the calling lane");
  auto meeting = mine.meetings.begin();
  while (meeting != mine.meetings.end() && (meeting->mask & request.mask) == 0) ++meeting;
  if (meeting == mine.meetings.end()) {
    meeting = mine.meetings.insert(meeting, {request.operation, request.mask, 0, std::make_shared<char>()});
  } else if (meeting->mask != request.mask || std::string(meeting->operation) != request.operation) {
    fail(std::string("lanes of one warp meet at different operations or masks: ") + meeting->operation + " and " +
         request.operation);
  }
  meeting->arrived |= self;
  const std::shared_ptr<char> sync = meeting->sync;
  if (request.orders_memory) release(sync.get());
  thread(current_).request = &request;
  thread(current_).state = Thread::State::AtExchange;
  complete_all(warp);
  yield();
  if (request.orders_memory) acquire(sync.get());
}

void Scheduler::complete_all(int warp) {
  Warp& mine = warps_[static_cast<std::size_t>(warp)];
  for (std::size_t i = mine.meetings.size(); i-- > 0;) {
    const Meeting& meeting = mine.meetings[i];
    if ((meeting.mask & mine.live & ~meeting.arrived) == 0) complete(warp, i);
  }
}

void Scheduler::complete(int warp, std::size_t at) {
  Warp& mine = warps_[static_cast<std::size_t>(warp)];
  const Meeting meeting = std::move(mine.meetings[at]);
  mine.meetings.erase(mine.meetings.begin() + static_cast<std::ptrdiff_t>(at));
  const auto request = [&](int lane) -> WarpExchange& { return *thread(warp * kWarp + lane).request; };
  const auto has_come = [&](int lane) { return (meeting.arrived >> lane & 1) != 0; };
  unsigned ballot = 0;
  for (int lane = 0; lane < kWarp; ++lane)
    if (has_come(lane) && request(lane).predicate != 0) ballot |= 1u << lane;
  for (int lane = 0; lane < kWarp; ++lane) {
    if (!has_come(lane)) continue;
    WarpExchange& asked = request(lane);
    asked.ballot = ballot;
    if (asked.source < 0) continue;
    if (!has_come(asked.source)) {
      fail(std::string(meeting.operation) + ": lane " + std::to_string(lane) + " of warp " + std::to_string(warp) +
           " reads lane " + std::to_string(asked.source) + ", which does not take part");
    }
    asked.taken = request(asked.source).word;
  }
  for (const int i : thread_order_) {
    const int lane = i - warp * kWarp;
    if (lane >= 0 && lane < kWarp && has_come(lane)) make_ready(i);
  }
}

void Scheduler::fail_deadlock() {
  int first = 0;
  while (thread(first).state == Thread::State::Done) ++first;
  threadIdx = thread(first).index;
  std::string message = "deadlock:";
  if (waiting_ > 0) {
    message += " " + std::to_string(waiting_) + " thread(s) wait at __syncthreads at " + text(barrier_) + ",";
  }
  message += " " + std::to_string(alive_ - waiting_) + " in a warp operation for lanes that never come; the first is";
  fail(message);
}

}  // namespace

void run_grid(const LaunchShape& shape, void (*entry)(const void*), const void* arguments) {
  scheduler().run_grid(shape, entry, arguments);
}
std::string order_name() { return scheduler().order().name(); }
int block_barrier(Place place, int predicate, Vote vote) { return scheduler().block_barrier(place, predicate, vote); }
void exchange(WarpExchange& request) { scheduler().exchange(request); }
int lane() { return scheduler().current() % kWarp; }
unsigned live_lanes() { return scheduler().current_warp().live; }
void* dynamic_shared() { return scheduler().shared().dynamic(); }
void* static_shared(const void* site, std::size_t bytes, std::size_t alignment) {
  return scheduler().shared().find(site, bytes, alignment);
}

void fail(const std::string& message) {
  std::fflush(stdout);
  std::fprintf(stderr, "cuda_sim: %s\n", message.c_str());
  if (const LaunchShape* shape = scheduler().shape()) {
    std::fprintf(stderr, "  block %s thread %s of the kernel launched at %s:%d\n", text(blockIdx).c_str(),
                 text(threadIdx).c_str(), shape->file, shape->line);
  }
  std::abort();
}

}  // namespace cuda_sim
