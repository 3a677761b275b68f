#include "train/growth.h"

#include "core/concat.h"

namespace seqrec::train {

std::string growth_notice(const data::Config& config, std::int64_t items) {
  if (items < kLargeCatalogue || !config.contains("loss_type")) return "";
  if (config.get_string("loss_type") == "CE")
    return concat("loss_type CE compares each row with all ", items,
                  " items: a step's time grows with them; sampled_softmax's does not");
  const std::string& learner = config.get_string("learner");
  if (learner != "adam" && learner != "adamw") return "";
  return concat("learner ", learner, " goes on moving every row of the ", items,
                " items that was drawn once: steps take longer until all were; sparse_adam moves what a step touches");
}

}  // namespace seqrec::train
