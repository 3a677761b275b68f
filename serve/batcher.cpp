#include "serve/batcher.h"

#include <algorithm>

namespace seqrec::serve {
namespace {

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

/// Every request's answer, also where there is no memory for any.
std::vector<infer::Answer> answer(const infer::Session& session, const std::vector<infer::Request>& requests) {
  try {
    return session.recommend(requests);
  } catch (const std::exception& error) {
    std::vector<infer::Answer> answers(requests.size());
    for (infer::Answer& failed : answers) failed.error = error.what();
    return answers;
  }
}

bool may_take_all_threads(const Job& job) { return !job.work && job.session->threads() == infer::Threads::All; }

/// A single request is one thread's.
bool takes_all_threads(const std::vector<Job>& batch) {
  return !batch.empty() && may_take_all_threads(batch.front()) && (batch.size() > 1 || batch.front().size() > 1);
}

}  // namespace

Batcher::Batcher(BatcherOptions options) : options_(options) {
  for (int i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { work(); });
}

Batcher::~Batcher() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

bool Batcher::add(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (queued_ + job.size() > options_.queue) return false;
    job.came = Clock::now();
    queued_ += job.size();
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

std::size_t Batcher::queued() const {
  const std::lock_guard lock(mutex_);
  return queued_;
}

/// The first that needn't wait for what is computed on with all threads.
std::deque<Job>::iterator Batcher::first_ready() {
  return std::ranges::find_if(jobs_, [&](const Job& job) { return !all_threads_busy_ || !may_take_all_threads(job); });
}

/// The first job that is ready and the requests of its model that came after it, as many as are computed together.
/// Empty at the end.
std::vector<Job> Batcher::next() {
  std::unique_lock lock(mutex_);
  const auto is_ready = [&] { return first_ready() != jobs_.end() || (ending_ && jobs_.empty()); };
  changed_.wait(lock, is_ready);
  if (options_.wait.count() > 0 && !jobs_.empty()) {
    const auto until = first_ready()->came + options_.wait;
    changed_.wait_until(lock, until, [&] { return ending_ || queued_ >= options_.batch; });
    changed_.wait(lock, is_ready);
  }
  std::vector<Job> batch;
  std::size_t requests = 0;
  for (auto job = first_ready(); job != jobs_.end();) {
    const std::size_t more = requests + job->size();
    const bool fits = batch.empty() || (!job->work && !batch.front().work && job->session == batch.front().session &&
                                        more <= options_.batch);
    if (!fits) {
      ++job;
      continue;
    }
    requests = more;
    batch.push_back(std::move(*job));
    job = jobs_.erase(job);
  }
  queued_ -= requests;
  if (takes_all_threads(batch)) all_threads_busy_ = true;
  return batch;
}

void Batcher::done_with(const std::vector<Job>& batch) {
  if (!takes_all_threads(batch)) return;
  {
    const std::lock_guard lock(mutex_);
    all_threads_busy_ = false;
  }
  changed_.notify_all();
}

void Batcher::work() {
  for (std::vector<Job> jobs; !(jobs = next()).empty();) {
    std::vector<infer::Request> requests;
    for (Job& job : jobs)
      for (infer::Request& request : job.requests) requests.push_back(std::move(request));
    const auto begin = Clock::now();
    std::vector<infer::Answer> answers;
    if (const auto& work = jobs.front().work)
      work();
    else
      answers = answer(*jobs.front().session, requests);
    const double computed = seconds_between(begin, Clock::now());
    auto first = std::make_move_iterator(answers.begin());
    for (Job& job : jobs) {
      const auto last = first + static_cast<std::ptrdiff_t>(job.requests.size());
      job.done({first, last}, seconds_between(job.came, begin), computed);
      first = last;
    }
    done_with(jobs);
  }
}

}  // namespace seqrec::serve
