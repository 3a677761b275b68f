#include "models/pop.h"

#include <memory>

#include "kernels/build.h"

namespace seqrec::models {
namespace {

FittedTensors fit_pop(const ModelSpec& spec, const TrainingSessions& sessions) {
  if constexpr (!kTraining) return {};
  return fit_counts(spec, sessions);
}

}  // namespace

FittedModel::Scorer& Pop::scorer(Arena& arena) const {
  struct None final : Scorer {
    std::span<Scored> own_scores(std::span<const std::int32_t> /*window*/, Arena& /*arena*/) override { return {}; }
  };
  return *std::construct_at(arena.take<None>(1).data());
}

ModelInfo pop_info() {
  return {.name = "Pop", .keys = {FittedModel::remind_key()}, .make = maker<Pop>, .fit = fit_pop};
}

}  // namespace seqrec::models
