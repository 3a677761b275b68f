#include "tests/serve/serving.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include <unistd.h>

using namespace seqrec;

Serving::Serving(serve::ServeOptions options, std::vector<std::string> models) {
  for (const std::string& model : models) {
    save(file(model), model);
    models::save_tiny_histories(models::histories_path(file(model)), models::tiny_file(5, 20, model));
    options.models.push_back({model, file(model)});
  }
  options.port = 0;
  options.histories = true;
  options.grace = std::chrono::milliseconds(0);
  thread_ = std::thread([this, options] {
    serve::serve(options, [&](const Json& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
      changed_.notify_all();
    });
  });
  port_ = static_cast<std::uint16_t>(next("listening").at("port").as_int());
}

Json Serving::next(const std::string& kind) {
  std::unique_lock lock(mutex_);
  for (;;) {
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (events_[i].at("event").as_string() != kind) continue;
      Json event = std::move(events_[i]);
      events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      return event;
    }
    require(changed_.wait_for(lock, std::chrono::seconds(30)) == std::cv_status::no_timeout, "no event ", kind);
  }
}

std::size_t Serving::count(const std::string& kind) {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(events_, [&](const Json& event) { return event.at("event").as_string() == kind; }));
}

void Serving::terminate() {
  if (!std::exchange(terminated_, true)) ::kill(::getpid(), SIGTERM);
}

void Serving::end() {
  if (!thread_.joinable()) return;
  terminate();
  thread_.join();
}

void Serving::save(const std::filesystem::path& path, const std::string& model, std::int64_t width) {
  const models::ModelFile file = models::tiny_file(5, 20, model, width);
  models::save_model_file(path, file, *models::tiny_model(file));
}
