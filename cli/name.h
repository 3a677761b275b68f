#pragma once

#include <string>
#include <string_view>

namespace seqrec::cli {

/// What the program is called: "seqrec", or the name of one that others made of it.
const std::string& program_name();
/// Takes it from argv[0], the last part of the path.
void set_program_name(const char* path);
/// The text with this name where a line of it is a call of `seqrec`.
std::string with_program_name(std::string_view text);

}  // namespace seqrec::cli
