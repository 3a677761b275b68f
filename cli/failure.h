#pragma once

#include <string>

namespace seqrec::cli {

/// What an exception means to the user: a text, and an exit code (cli/command.h).
struct Failure {
  std::string text;
  int code;
};

/// That of the exception that is being caught. Called in a catch clause.
Failure caught_failure();

/// Writes "PROGRAM: TEXT" to standard error; `code` again.
int fail(const std::string& text, int code);

}  // namespace seqrec::cli
