#include "serve/batcher.h"

#include <future>

#include <doctest/doctest.h>

#include "tests/models/tiny_model.h"

using namespace seqrec;
using namespace seqrec::serve;

namespace {

std::shared_ptr<const infer::Session> make_session() {
  models::LoadedModel loaded{models::tiny_file(), nullptr};
  loaded.model = models::tiny_model(loaded.file);
  return std::make_shared<infer::Session>(std::move(loaded));
}

infer::Request after(std::vector<std::string> history) {
  infer::Request request;
  request.history = std::move(history);
  return request;
}

/// Holds up a worker until it is released.
struct Gate {
  std::promise<void> reached, opened;
  Job job(std::shared_ptr<const infer::Session> session) {
    return {std::move(session), {after({"i1"})}, [this](const std::vector<infer::Answer>&, double, double) {
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
