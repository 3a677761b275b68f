#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "infer/session.h"

namespace {

using namespace seqrec;
using infer::Request;

/// The users and items of the seeds (tests/install/make_tiny_model.cpp).
Vocabulary seeds_vocabulary(const char* first) {
  Vocabulary tokens;
  for (int i = 1; i <= 2; ++i) tokens.add(concat(first, i));
  return tokens;
}

void read_histories(const SafetensorsReader& reader) {
  static const Vocabulary kUsers = seeds_vocabulary("u"), kItems = seeds_vocabulary("i");
  const models::Histories histories = models::Histories::load(reader, kUsers, kItems);
  for (std::int32_t user = 0; user < kUsers.size(); ++user)
    for (const auto items : {histories.recent(user), histories.seen(user)})
      for (const std::int32_t item : items)
        if (item < 1 || item >= kItems.size()) std::abort();
}

/// Asks a model that was read; every score that is given must be finite.
void ask(models::LoadedModel loaded) {
  const infer::Session session(std::move(loaded), {.empty_history = infer::EmptyHistory::Model});
  const Vocabulary& items = session.file().items;
  std::vector<std::string> history;
  for (std::int32_t id = 1; id < std::min(items.size(), 4); ++id) history.emplace_back(items.token(id));
  for (const char* user : {"u1", "a stranger"}) {
    Request request;
    request.user = user;
    request.history = history;
    for (const infer::ScoredItem& item : session.recommend(request).items)
      if (!std::isfinite(item.score)) std::abort();
    for (const std::optional<double>& score : session.score(request, history))
      if (!score || !std::isfinite(*score)) std::abort();
    history.clear();
  }
}

}  // namespace

/// Whatever the bytes: a model that answers, a user's histories, or an error of seqrec.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const SafetensorsReader reader(std::as_bytes(std::span(data, size)), "fuzz");
    const auto format = reader.metadata().find("format");
    if (format != reader.metadata().end() && format->second == "seqrec.histories")
      read_histories(reader);
    else
      ask(models::load_model(reader));
  } catch (const Error&) {
    return 0;
  }
  return 0;
}
