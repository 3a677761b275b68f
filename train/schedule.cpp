#include "train/schedule.h"

#include <cmath>

namespace seqrec::train {

double Schedule::rate(double learning_rate, std::int64_t epoch) const {
  if (step_size == 0) return learning_rate;
  const std::int64_t steps = epoch / step_size;
  return learning_rate * std::pow(gamma, static_cast<double>(steps));
}

Schedule schedule(const data::Config& config) {
  const std::string name = config.get_string_or_empty("lr_scheduler");
  if (name.empty()) return {};
  return {name == "step" ? config.get_int("lr_step_size") : 1, config.get_double("lr_gamma")};
}

}  // namespace seqrec::train
