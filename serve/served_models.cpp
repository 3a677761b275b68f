#include "serve/served_models.h"

#include <sys/stat.h>

namespace seqrec::serve {

ServedModels::ServedModels(std::vector<ModelSource> sources, infer::SessionOptions options, bool histories)
    : sources_(std::move(sources)), options_(options), histories_(histories) {
  for (const ModelSource& source : sources_) {
    require<UsageError>(!models_.contains(source.name), "two models of the name ", source.name,
                        ", expected another one for ", source.file.native());
    stamps_[source.name] = stamps_of(source);
    models_[source.name] = open(source);
  }
}

ServedModels::Stamp ServedModels::stamp_of(const std::filesystem::path& file) {
  struct stat status;
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

std::vector<ServedModels::Stamp> ServedModels::stamps_of(const ModelSource& source) const {
  std::vector<Stamp> stamps{stamp_of(source.file)};
  if (histories_) stamps.push_back(stamp_of(models::histories_path(source.file)));
  return stamps;
}

ServedModel ServedModels::open(const ModelSource& source) const {
  auto session = std::make_shared<infer::Session>(source.file, options_);
  const bool large = session->file().spec.n_items >= kLargeCatalogue;
  session->set_threads(large ? infer::Threads::All : infer::Threads::One);
  if (histories_) session->load_histories(models::histories_path(source.file));
  return session;
}

ServedModel ServedModels::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = models_.find(name);
  return found == models_.end() ? nullptr : found->second;
}

std::vector<Reload> ServedModels::reload(bool all) {
  const std::lock_guard one_at_a_time(reloading_);
  std::vector<Reload> reloads;
  for (const ModelSource& source : sources_) {
    const std::vector<Stamp> stamps = stamps_of(source);
    if (!all && stamps == stamps_.at(source.name)) continue;
    stamps_[source.name] = stamps;
    Reload reload{source.name, ""};
    try {
      ServedModel model = open(source);
      const std::lock_guard lock(mutex_);
      models_[source.name].swap(model);
    } catch (const std::exception& error) {
      reload.error = error.what();
    }
    reloads.push_back(std::move(reload));
  }
  return reloads;
}

}  // namespace seqrec::serve
