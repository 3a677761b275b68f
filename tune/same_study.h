#pragma once

#include "train/run_binding.h"
#include "tune/prepared_study.h"
#include "tune/study_file.h"

namespace seqrec::tune {

/// The first line of a study's file: what decides its trials and results.
Json header_of(const Study& study, const train::RunBinding& binding);
/// ConfigError, naming both values, unless a study that is there is the one that is asked for, whose header is `own`.
void check_same(const Study& study, const Json& own, const Json& stored, const train::RunBinding& binding);
/// FormatError unless the results are some that this study may have.
void check_results(const StudyContent& content, const StudyInfo& info);

}  // namespace seqrec::tune
