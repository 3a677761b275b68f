#include "serve/batcher.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/models/tiny_model.h"

using namespace seqrec;
using namespace seqrec::serve;

namespace {

std::shared_ptr<const infer::Session> make_session(infer::Threads threads = infer::Threads::One) {
  models::LoadedModel loaded{models::tiny_file(), nullptr};
  loaded.model = models::tiny_model(loaded.file);
  const auto session = std::make_shared<infer::Session>(std::move(loaded));
  session->set_threads(threads);
  return session;
}

infer::Request after(std::vector<std::string> history) {
  infer::Request request;
  request.history = std::move(history);
  return request;
}

/// Holds up a worker until it is released.
struct Gate {
  std::promise<void> reached, opened;
  Job job(std::shared_ptr<const infer::Session> session, std::size_t requests = 1) {
    return {std::move(session), std::vector(requests, after({"i1"})),
            [this](const std::vector<infer::Answer>&, double, double) {
              reached.set_value();
              opened.get_future().wait();
            }};
  }
};

}  // namespace

TEST_CASE("jobs that wait are answered together, each with its own") {
  const auto session = make_session(), other = make_session();
  std::vector<std::size_t> sizes;
  std::vector<std::int32_t> best;
  {
    Gate gate;  // outlives the worker that it holds up
    Batcher batcher({.workers = 1, .queue = 100, .batch = 4});
    REQUIRE(batcher.add(gate.job(session)));
    gate.reached.get_future().wait();
    for (int i = 1; i <= 6; ++i) {
      const std::string item = "i" + std::to_string(i);
      std::vector<infer::Request> requests(static_cast<std::size_t>(1 + i % 2), after({item}));
      requests.push_back(after({"unknown"}));
      CHECK(batcher.add({i == 3 ? other : session, std::move(requests),
                         [&](const std::vector<infer::Answer>& answers, double queued, double computed) {
                           CHECK(queued >= 0);
                           CHECK(computed >= 0);
                           sizes.push_back(answers.size());
                           best.push_back(answers.front().items.front().id);
                           CHECK(answers.back().error == "no item of the history is known to the model");
                         }}));
    }
    CHECK(batcher.queued() == 15);
    gate.opened.set_value();
  }  // ends when all are answered
  CHECK(sizes.size() == 6);
  std::vector<std::int32_t> alone;
  for (int i = 1; i <= 6; ++i) alone.push_back(session->recommend(after({"i" + std::to_string(i)})).items.front().id);
  std::ranges::sort(best);
  std::ranges::sort(alone);
  CHECK(best == alone);
}

TEST_CASE("other work is done in its turn, alone") {
  const auto session = make_session();
  std::vector<std::string> order;
  {
    Gate gate;
    Batcher batcher({.workers = 1, .queue = 4});
    REQUIRE(batcher.add(gate.job(session)));
    gate.reached.get_future().wait();
    const auto count = [&](const std::vector<infer::Answer>& answers, double, double) {
      order.push_back(std::to_string(answers.size()));
    };
    const auto work = [&] { order.emplace_back("work"); };
    CHECK(batcher.add({session, {after({"i1"})}, count}));
    CHECK(batcher.add({nullptr, {}, count, work}));
    CHECK(batcher.add({session, {after({"i2"})}, count}));
    CHECK(batcher.add({nullptr, {}, count, work}));
    CHECK(batcher.queued() == 4);
    CHECK_FALSE(batcher.add({nullptr, {}, count, work}));
    gate.opened.set_value();
  }
  CHECK(order == std::vector<std::string>{"1", "1", "work", "0", "work", "0"});
}

TEST_CASE("a full queue takes no more") {
  const auto session = make_session();
  Gate gate;
  Batcher batcher({.workers = 1, .queue = 3});
  REQUIRE(batcher.add(gate.job(session)));
  gate.reached.get_future().wait();
  const auto ignore = [](const std::vector<infer::Answer>&, double, double) {};
  CHECK(batcher.add({session, {after({"i1"}), after({"i2"})}, ignore}));
  CHECK_FALSE(batcher.add({session, {after({"i1"}), after({"i2"})}, ignore}));
  CHECK(batcher.add({session, {after({"i1"})}, ignore}));
  CHECK_FALSE(batcher.add({session, {after({"i1"})}, ignore}));
  gate.opened.set_value();
}

TEST_CASE("a worker that waits for company computes on all that came") {
  const auto session = make_session();
  std::atomic<int> answered = 0;
  {
    Batcher batcher({.workers = 2, .queue = 100, .batch = 3, .wait = std::chrono::milliseconds(50)});
    for (int i = 0; i < 7; ++i)
      CHECK(batcher.add(
          {session, {after({"i1"})}, [&](const std::vector<infer::Answer>&, double, double) { ++answered; }}));
  }
  CHECK(answered == 7);
}

TEST_CASE("a worker stays though another one took what it waited for company with") {
  const auto session = make_session(), other = make_session();
  Gate one, two;
  Batcher batcher({.workers = 2, .queue = 100, .batch = 3, .wait = std::chrono::milliseconds(2)});
  for (int round = 0; round < 20; ++round) {
    std::promise<void> first, second;
    for (std::promise<void>* answered : {&first, &second})
      CHECK(batcher.add({session, {after({"i1"})}, [answered](const std::vector<infer::Answer>&, double, double) {
                           answered->set_value();
                         }}));
    first.get_future().wait();
    second.get_future().wait();
  }
  CHECK(batcher.add(one.job(session)));
  CHECK(batcher.add(two.job(other)));
  for (Gate* gate : {&one, &two})
    CHECK(gate->reached.get_future().wait_for(std::chrono::seconds(60)) == std::future_status::ready);
  one.opened.set_value();
  two.opened.set_value();
}

TEST_CASE("of what takes all threads one batch is computed on at a time, and others pass") {
  const auto large = make_session(infer::Threads::All), larger = make_session(infer::Threads::All);
  const auto small = make_session();
  std::vector<std::string> order;
  std::mutex mutex;
  std::promise<void> passed;
  {
    Gate gate;
    Batcher batcher({.workers = 2, .queue = 100});
    REQUIRE(batcher.add(gate.job(large, 2)));
    gate.reached.get_future().wait();
    const auto note = [&](const char* name) {
      return [&, name](const std::vector<infer::Answer>&, double, double) {
        const std::lock_guard lock(mutex);
        order.emplace_back(name);
        if (order.size() == 2) passed.set_value();
      };
    };
    CHECK(batcher.add({larger, {after({"i1"})}, note("larger")}));
    CHECK(batcher.add({large, {after({"i1"})}, note("large")}));
    CHECK(batcher.add({small, {after({"i1"})}, note("small")}));
    CHECK(batcher.add({nullptr, {}, note("work"), [] {}}));
    passed.get_future().wait();
    CHECK(batcher.queued() == 2);
    gate.opened.set_value();
  }
  std::ranges::sort(order.begin() + 2, order.end());  // single ones: each is a worker's
  CHECK(order == std::vector<std::string>{"small", "work", "large", "larger"});
}

TEST_CASE("a single request takes one thread, and holds nobody up") {
  const auto large = make_session(infer::Threads::All);
  std::promise<void> answered;
  Gate gate;
  Batcher batcher({.workers = 2, .queue = 100});
  REQUIRE(batcher.add(gate.job(large)));
  gate.reached.get_future().wait();
  CHECK(batcher.add({large, {after({"i1"}), after({"i2"})}, [&](const std::vector<infer::Answer>&, double, double) {
                       answered.set_value();
                     }}));
  answered.get_future().wait();
  gate.opened.set_value();
}
