#include "tests/cuda_sim/scheduler.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <utility>
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

std::string text(Place place) { return std::string(place.file) + ":" + std::to_string(place.line); }

/// Equal texts mostly are one text.
bool is_same(const char* a, const char* b) { return a == b || std::strcmp(a, b) == 0; }

struct Thread {
  enum class State { Ready, AtBarrier, AtExchange, Done };
  Fiber fiber;
  Stack stack;
  uint3 index{};
  State state = State::Ready;
  // What it waits with.
  Place barrier{};
  int predicate = 0;
  WarpExchange* request = nullptr;
  // TSan: what it releases to the lanes that it meets. Two, in turn: who leaves late must not acquire what comes next.
  char sync[2] = {};
  unsigned round = 0;
};

/// The lanes that wait for each other in one warp operation.
struct Meeting {
  const char* operation;
  unsigned mask;
  unsigned arrived;
};

struct Warp {
  unsigned live = 0;
  std::vector<Meeting> meetings;
};

/// A thread that may go on.
struct Turn {
  int thread;
};

/// One block at a time. A thread that must wait only writes down for what, and switches to the host, which does the
/// rest: what the host keeps is never touched by two fibers, so TSan has nothing to say about it. (Its containers hold
/// types of this file's own, so that their code, too, is uninstrumented.)
class Scheduler {
 public:
  void run_grid(const LaunchShape& shape, void (*entry)(const void*), const void* arguments);
  Votes block_barrier(Place place, int predicate);
  void exchange(WarpExchange& request);

  Order& order() { return order_; }
  const LaunchShape* shape() const { return shape_; }
  SharedMemory& shared() { return *shared_; }
  int current() const { return current_; }
  unsigned live_lanes() const { return warp(current_).live; }

 private:
  void run_block(int block);
  void start(Thread& thread);
  [[noreturn]] void thread_main();
  /// Leaves the running thread; it goes on when it is ready and its turn comes.
  void yield(Thread::State state);

  // By the host, after the running thread left.
  void on_done();
  void on_barrier();
  void on_exchange();
  void make_ready(int thread);
  void open_barrier();
  void complete_meetings(int thread_of_warp);
  void complete(int first_thread, const Meeting& meeting);
  [[noreturn]] void fail_deadlock();

  Thread& thread(int i) { return threads_[static_cast<std::size_t>(i)]; }
  Warp& warp(int thread) { return warps_[static_cast<std::size_t>(thread / kWarp)]; }
  const Warp& warp(int thread) const { return warps_[static_cast<std::size_t>(thread / kWarp)]; }

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
  // Of the barrier.
  int waiting_ = 0, in_favour_ = 0;
  Place barrier_{};
  Votes outcome_{};
  unsigned round_ = 0;
  std::unique_ptr<char[]> sync_ = std::make_unique<char[]>(2);  // TSan: as Thread::sync
  char thread_begin_ = 0, grid_end_ = 0;  // TSan: what a thread knows of the host, and the host after the grid
  // TSan's fibers are slow to make: a thread that begins takes the one that is idle longest. In a grid of more than
  // kMostMade threads two share one, so a race between those two isn't seen; those between others of their blocks are.
  struct TsanFiber {
    void* context;
  };
  std::deque<TsanFiber> idle_;
  int made_ = 0;
  static constexpr int kMostMade = 1536;  // more than a block's threads
};

Scheduler& scheduler() {
  static Scheduler& instance = *new Scheduler;
  return instance;
}

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
  if (has_tsan()) {
    // New addresses to synchronise at (free() makes TSan forget the old ones): blocks know nothing of each other.
    threads_ = {};
    sync_ = std::make_unique<char[]>(2);
  }
  threads_.assign(static_cast<std::size_t>(count), Thread{});
  warps_.assign(static_cast<std::size_t>((count + kWarp - 1) / kWarp), Warp{});
  alive_ = count;
  waiting_ = in_favour_ = 0;
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
    std::swap(ready_[order_.pick(ready_.size())], ready_.front());
    current_ = ready_.front().thread;
    ready_.pop_front();
    Thread& chosen = thread(current_);
    threadIdx = chosen.index;
    if (chosen.stack.bottom == nullptr) start(chosen);
    switch_fiber(host_, chosen.fiber);
    switch (chosen.state) {
      case Thread::State::Done: on_done(); break;
      case Thread::State::AtBarrier: on_barrier(); break;
      case Thread::State::AtExchange: on_exchange(); break;
      case Thread::State::Ready: break;
    }
  }
  current_ = -1;
  shared_ = nullptr;
}

void Scheduler::start(Thread& thread) {
  thread.stack = stacks_.take();
  prepare(thread.fiber, thread.stack, [] { scheduler().thread_main(); });
  if (!has_tsan()) return;
  if (made_ < kMostMade) {
    ++made_;
    thread.fiber.tsan = __tsan_create_fiber(0);
  } else {
    thread.fiber.tsan = idle_.front().context;
    idle_.pop_front();
  }
  release(&thread_begin_);  // it knows what the host did before, and nothing of other blocks
}

void Scheduler::thread_main() {
  begin_fiber(host_);
  acquire(&thread_begin_);
  entry_(arguments_);
  release(&grid_end_);
  Thread& self = thread(current_);
  self.state = Thread::State::Done;
  switch_fiber(self.fiber, host_, true);
  std::abort();  // a thread that is done is never entered again
}

void Scheduler::yield(Thread::State state) {
  Thread& self = thread(current_);
  self.state = state;
  switch_fiber(self.fiber, host_);
}

Votes Scheduler::block_barrier(Place place, int predicate) {
  thread(current_).barrier = place;
  thread(current_).predicate = predicate;
  char* const sync = sync_.get() + round_ % 2;
  release(sync);
  yield(Thread::State::AtBarrier);
  acquire(sync);
  return outcome_;
}

void Scheduler::exchange(WarpExchange& request) {
  Thread& self = thread(current_);
  self.request = &request;
  if (request.orders_memory) release(&self.sync[self.round % 2]);
  yield(Thread::State::AtExchange);
  if (!request.orders_memory) return;
  const int first = current_ / kWarp * kWarp;
  for (int lane = 0; lane < kWarp; ++lane)
    if ((request.arrived >> lane & 1) != 0) acquire(&thread(first + lane).sync[request.rounds >> lane & 1]);
}

void Scheduler::on_done() {
  Thread& self = thread(current_);
  if (has_tsan()) idle_.push_back({self.fiber.tsan});
  stacks_.give_back(self.stack);
  --alive_;
  warp(current_).live &= ~(1u << current_ % kWarp);
  // It may have been what the others waited for.
  if (waiting_ > 0 && waiting_ == alive_) open_barrier();
  complete_meetings(current_);
}

void Scheduler::make_ready(int i) {
  thread(i).state = Thread::State::Ready;
  ready_.push_back({i});
}

void Scheduler::on_barrier() {
  const Thread& self = thread(current_);
  if (waiting_ > 0 && (barrier_.line != self.barrier.line || !is_same(barrier_.file, self.barrier.file))) {
    fail("barrier in divergent code: __syncthreads at " + text(self.barrier) + " while " + std::to_string(waiting_) +
         " thread(s) wait at " + text(barrier_));
  }
  barrier_ = self.barrier;
  ++waiting_;
  if (self.predicate != 0) ++in_favour_;
  if (waiting_ == alive_) open_barrier();
}

void Scheduler::open_barrier() {
  outcome_ = {in_favour_, waiting_};
  waiting_ = in_favour_ = 0;
  ++round_;
  for (const int i : thread_order_)
    if (thread(i).state == Thread::State::AtBarrier) make_ready(i);
}

void Scheduler::on_exchange() {
  const WarpExchange& request = *thread(current_).request;
  const unsigned self = 1u << current_ % kWarp;
  if ((request.mask & self) == 0) fail(std::string(request.operation) + ": the mask leaves out the calling lane");
  std::vector<Meeting>& meetings = warp(current_).meetings;
  auto meeting = std::find_if(meetings.begin(), meetings.end(),
                              [&](const Meeting& other) { return (other.mask & request.mask) != 0; });
  if (meeting == meetings.end()) {
    meeting = meetings.insert(meeting, {request.operation, request.mask, 0});
  } else if (meeting->mask != request.mask || !is_same(meeting->operation, request.operation)) {
    fail(std::string("lanes of one warp meet at different operations or masks: ") + meeting->operation + " and " +
         request.operation);
  }
  meeting->arrived |= self;
  complete_meetings(current_);
}

void Scheduler::complete_meetings(int thread_of_warp) {
  Warp& mine = warp(thread_of_warp);
  for (std::size_t i = mine.meetings.size(); i-- > 0;) {
    const Meeting meeting = mine.meetings[i];
    if ((meeting.mask & mine.live & ~meeting.arrived) != 0) continue;
    mine.meetings.erase(mine.meetings.begin() + static_cast<std::ptrdiff_t>(i));
    complete(thread_of_warp / kWarp * kWarp, meeting);
  }
}

void Scheduler::complete(int first_thread, const Meeting& meeting) {
  const auto has_come = [&](int lane) { return (meeting.arrived >> lane & 1) != 0; };
  unsigned ballot = 0, rounds = 0;
  for (int lane = 0; lane < kWarp; ++lane) {
    if (!has_come(lane)) continue;
    Thread& one = thread(first_thread + lane);
    if (one.request->predicate != 0) ballot |= 1u << lane;
    if (one.request->orders_memory) rounds |= one.round++ % 2 << lane;
  }
  for (int lane = 0; lane < kWarp; ++lane) {
    if (!has_come(lane)) continue;
    WarpExchange& request = *thread(first_thread + lane).request;
    request.ballot = ballot;
    request.arrived = meeting.arrived;
    request.rounds = rounds;
    if (request.source < 0) continue;
    if (!has_come(request.source)) {
      fail(std::string(meeting.operation) + ": lane " + std::to_string(lane) + " of warp " +
           std::to_string(first_thread / kWarp) + " reads lane " + std::to_string(request.source) +
           ", which does not take part");
    }
    request.taken = thread(first_thread + request.source).request->word;
  }
  for (int i = 0; i < kWarp; ++i) {
    const int lane = order_.is_reverse() ? kWarp - 1 - i : i;
    if (has_come(lane)) make_ready(first_thread + lane);
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
Votes block_barrier(Place place, int predicate) { return scheduler().block_barrier(place, predicate); }
void exchange(WarpExchange& request) { scheduler().exchange(request); }
int lane() { return scheduler().current() % kWarp; }
unsigned live_lanes() { return scheduler().live_lanes(); }
void* dynamic_shared() { return scheduler().shared().dynamic(); }
void* static_shared(const void* site, std::size_t bytes, std::size_t alignment) {
  return scheduler().shared().find(site, bytes, alignment);
}

void fail(const char* message) {
  std::fflush(stdout);
  std::fprintf(stderr, "cuda_sim: %s\n", message);
  if (const LaunchShape* shape = scheduler().shape()) {
    std::fprintf(stderr, "  block (%u, %u, %u) thread (%u, %u, %u) of the kernel ", blockIdx.x, blockIdx.y, blockIdx.z,
                 threadIdx.x, threadIdx.y, threadIdx.z);
    if (shape->line > 0) {
      std::fprintf(stderr, "launched at %s:%d\n", shape->file, shape->line);
    } else {
      std::fprintf(stderr, "%s\n", shape->file);
    }
  }
  std::abort();
}
void fail(const std::string& message) { fail(message.c_str()); }

}  // namespace cuda_sim
