#include "models/pop.h"

#include "kernels/build.h"

namespace seqrec::models {
namespace {

FittedTensors fit_pop(const ModelSpec& spec, const TrainingSessions& sessions) {
  if constexpr (!kTraining) return {};
  return fit_counts(spec, sessions);
}

}  // namespace

std::unique_ptr<FittedModel::Scorer> Pop::scorer() const {
  struct None : Scorer {
    std::vector<Scored> own_scores(std::span<const std::int32_t> /*window*/) override { return {}; }
  };
  return std::make_unique<None>();
}

ModelInfo pop_info() {
  return {.name = "Pop", .keys = {FittedModel::remind_key()}, .make = maker<Pop>, .fit = fit_pop};
}

}  // namespace seqrec::models
