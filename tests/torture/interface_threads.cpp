#include <atomic>
#include <thread>

#include <pthread.h>

#include "call_sequence.h"
#include "interface.h"

namespace torture {

/// Eight threads, with the stack that seqrec.h asks for, ask one session, the first requests at once, and open others
/// meanwhile; each answer is the one that another session gave alone, and each thread's error is its own.
long try_threads(const char* model, const char* histories, std::uint64_t seed) {
  constexpr int kThreads = 8, kQuestions = 40, kRounds = 100, kRoundsOfOne = 20;
  std::vector<Question> questions;
  std::vector<std::string> answers;
  seqrec_session* alone = opened(model, histories);
  for (int i = 0; i < kQuestions; ++i) {
    questions.emplace_back(seed + static_cast<std::uint64_t>(i));
    answers.push_back(questions.back().ask(alone));
  }
  seqrec_close(alone);

  const std::vector<char> bytes = content(model), histories_bytes = content(histories);
  seqrec_session* shared = opened(model, histories);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{256} << 10);
  require(pthread_setattr_default_np(&attributes) == 0, "can't choose the size of a stack");
  std::atomic<int> ready = 0, wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      std::uint64_t state = seed * 31 + static_cast<std::uint64_t>(t) + 1;
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      for (int i = 0; i < kRounds; ++i) {
        const std::size_t q = draw(state) % kQuestions;
        if (questions[q].ask(shared) != answers[q]) ++wrong;
        if (i % kRoundsOfOne == 0) {
          seqrec_session* own = nullptr;
          seqrec_open_memory(bytes.data(), bytes.size(), histories_bytes.data(), histories_bytes.size(),
                             SEQREC_ANSWER_EMPTY_HISTORY, &own);
          if (questions[q].ask(own) != answers[q]) ++wrong;
          seqrec_close(own);
        }
        std::int64_t count = 0;
        seqrec_item item;
        const seqrec_status status = seqrec_recommend(shared, nullptr, nullptr, -1 - t, 1, 0, &item, &count, nullptr);
        const std::string text = seqrec_last_error();
        if (status != SEQREC_ERROR_USAGE || !text.ends_with("got " + std::to_string(-1 - t))) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  seqrec_close(shared);
  require(wrong == 0, std::to_string(wrong) + " answers differ from those of one thread");
  return long{kThreads} * kRounds;
}

}  // namespace torture
