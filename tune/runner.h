#pragma once

#include "tune/prepared_study.h"
#include "tune/study_file.h"

namespace seqrec::tune {

/// Trains a study's trials on some threads, from what its file has already, until none is left to do, the budget is
/// spent or the request's flag says stop. Errors that are no trial's fault, when all runs have stopped.
StudyOutcome run_trials(const Study& study, const StudyFile& file, StudyContent content, StudyObserver& observer);

}  // namespace seqrec::tune
