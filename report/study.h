#pragma once

#include <string>

namespace seqrec::report {

/// Whether a folder holds a study of `seqrec tune`.
bool is_study(const std::string& folder);

/// The body of a page about a study, ended or not, and its title: the best configuration, how the best one came to be,
/// all trials across the keys that were tuned, what each key mattered, the trials. Read without the study's lock.
struct StudyPage {
  std::string title, body;
};
/// IoError and FormatError naming the file that can't be read or isn't a study's.
StudyPage study_page(const std::string& folder);

}  // namespace seqrec::report
