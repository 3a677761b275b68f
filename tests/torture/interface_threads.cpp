#include <atomic>
#include <thread>

#include <pthread.h>

#include "call_sequence.h"
#include "interface.h"

namespace torture {
namespace {

bool told(const std::string& end) { return std::string(seqrec_last_error()).ends_with(end); }

}  // namespace

/// Eight threads, with the stack that seqrec.h asks for, each with a session, ask one model, the first requests at
/// once, and open others meanwhile; each answer is the one that another model gave alone, each thread's error is its
/// own, and a session that is everyone's is refused while another uses it, and answers right otherwise.
long try_threads(const char* model, const char* histories, std::uint64_t seed) {
  constexpr int kThreads = 8, kQuestions = 40, kRounds = 100, kRoundsOfOne = 20;
  std::vector<Question> questions;
  std::vector<std::string> answers;
  {
    const Caller alone(model, histories);
    for (int i = 0; i < kQuestions; ++i) {
      questions.emplace_back(seed + static_cast<std::uint64_t>(i));
      answers.push_back(questions.back().ask(alone.model, alone.session));
    }
  }

  const std::vector<char> bytes = content(model), histories_bytes = content(histories);
  const Caller shared(model, histories);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{256} << 10);
  require(pthread_setattr_default_np(&attributes) == 0, "can't choose the size of a stack");
  std::atomic<int> ready = 0, wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      seqrec_session* own = nullptr;
      if (seqrec_session_open(shared.model, &own) != SEQREC_OK) ++wrong;
      std::uint64_t state = seed * 31 + static_cast<std::uint64_t>(t) + 1;
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      for (int i = 0; i < kRounds; ++i) {
        const std::size_t q = draw(state) % kQuestions;
        if (questions[q].ask(shared.model, own) != answers[q]) ++wrong;
        if (i % kRoundsOfOne == 0) {
          seqrec_model_options options = SEQREC_MODEL_OPTIONS_INIT;
          options.histories = histories_bytes.data();
          options.histories_bytes = histories_bytes.size();
          options.empty_history = SEQREC_EMPTY_HISTORY_ANSWER;
          seqrec_model* other = nullptr;
          seqrec_session* of_other = nullptr;
          seqrec_model_open_memory(bytes.data(), bytes.size(), &options, &other);
          seqrec_session_open(other, &of_other);
          if (questions[q].ask(other, of_other) != answers[q]) ++wrong;
          seqrec_model_close(other);
          seqrec_session_close(of_other);
        }
        seqrec_query query = SEQREC_QUERY_INIT;
        query.n_history = -1 - t;
        seqrec_item item;
        seqrec_answer answer = SEQREC_ANSWER_INIT;
        answer.items = &item;
        answer.room = 1;
        const seqrec_status status = seqrec_session_recommend(own, nullptr, &query, &answer);
        if (status != SEQREC_ERROR_USAGE || !told("got " + std::to_string(-1 - t))) ++wrong;
        const std::int32_t id = 1;
        double score = 7;
        query.n_history = 1;
        query.history_ids = &id;
        const seqrec_status of_shared = seqrec_session_score_ids(shared.session, &query, &id, 1, &score);
        if (of_shared == SEQREC_OK ? score == 7 : !told("in use by another thread") || score != 7) ++wrong;
      }
      seqrec_session_close(own);
    });
  for (std::thread& thread : threads) thread.join();
  require(wrong == 0, std::to_string(wrong) + " answers differ from those of one thread");
  return long{kThreads} * kRounds;
}

}  // namespace torture
