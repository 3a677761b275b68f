#pragma once

#include "core/json.h"
#include "data/config.h"
#include "dist/processes.h"
#include "models/model.h"
#include "train/run_binding.h"

namespace seqrec::train {

/// Called by all processes that train or evaluate together (train/team.h) before they do: each must be the same program
/// with the same configuration, instructions and data as the first one. UsageError, ConfigError and DataError name what
/// differs, the process and both values; they are thrown where it differs.
void check_same_program(dist::Processes& processes);
/// The configuration without paths.
void check_same_config(dist::Processes& processes, const data::Config& config);
void check_same_data(dist::Processes& processes, const RunBinding& binding);
/// The parameters and buffers, UsageError where they differ.
void check_same_model(dist::Processes& processes, const models::SequentialRecommender& model);

/// Called by all: the first process goes on once all others have called it.
void wait_for_others(dist::Processes& processes);

}  // namespace seqrec::train
