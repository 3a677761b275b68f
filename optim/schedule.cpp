#include "optim/schedule.h"

#include <cmath>

namespace seqrec::optim {

double Schedule::rate(double learning_rate, std::int64_t epoch) const {
  if (step_size == 0) return learning_rate;
  const std::int64_t steps = epoch / step_size;
  return learning_rate * std::pow(gamma, static_cast<double>(steps));
}

}  // namespace seqrec::optim
