#include "cli/name.h"

#include <filesystem>

namespace seqrec::cli {
namespace {

constexpr std::string_view kSeqrec = "seqrec";

std::string& name() {
  static std::string own{kSeqrec};
  return own;
}

}  // namespace

const std::string& program_name() { return name(); }

void set_program_name(const char* path) {
  const std::string last = path ? std::filesystem::path(path).filename().string() : "";
  name() = last.empty() ? std::string(kSeqrec) : last;
}

std::string with_program_name(std::string_view text) {
  constexpr std::string_view kCall = "  seqrec ";
  std::string out;
  for (std::size_t at; (at = text.find(kCall)) != text.npos; text.remove_prefix(at + kCall.size())) {
    out += text.substr(0, at);
    out += "  " + program_name() + " ";
  }
  return out += text;
}

}  // namespace seqrec::cli
