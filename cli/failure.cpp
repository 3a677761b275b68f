#include "cli/failure.h"

#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <stdexcept>
#include <system_error>

#include "cli/command.h"
#include "cli/name.h"
#include "core/error.h"
#include "core/shown.h"

namespace seqrec::cli {

Failure caught_failure() {
  const Failure no_memory{"out of memory", kFailure};  // so short that it takes none
  try {
    try {
      throw;
    } catch (const UsageError& error) {
      return {error.what(), kUsage};
    } catch (const ConfigError& error) {
      return {error.what(), kUsage};
    } catch (const std::bad_alloc&) {
      return no_memory;
    } catch (const std::length_error&) {  // more than there can be: the library's word for no memory
      return no_memory;
    } catch (const std::filesystem::filesystem_error& error) {
      if (error.code() == std::errc::not_enough_memory) return no_memory;
      return {concat("can't use ", error.path1().native(), ": ", error.code().message()), kFailure};
    } catch (const std::exception& error) {
      return {error.what(), kFailure};
    } catch (...) {  // a model of one's own may throw anything
      return {"something that is no std::exception was thrown", kFailure};
    }
  } catch (const std::bad_alloc&) {  // for the text
    return no_memory;
  }
}

int fail(const std::string& text, int code) {
  constexpr std::size_t kLongest = 1000;  // of what is no Error: CLI11 quotes arguments
  std::cout.flush();
  std::cerr << program_name() << ": " << shown(text, kLongest, "\n") << '\n';
  return code;
}

}  // namespace seqrec::cli
