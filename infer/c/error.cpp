#include "infer/c/error.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <stdexcept>

#include "infer/session.h"

namespace seqrec::c {
namespace {

// Not a string, whose destructor glibc could not register without memory, and then ends the process.
thread_local char last_error[Error::kLongestError + 1] = "";

seqrec_status keep(seqrec_status status, const char* text) noexcept {
  std::snprintf(last_error, sizeof(last_error), "%s", text);
  return status;
}

#ifdef __GLIBCXX__
/// What ends a process whose exception no one catches, where the C++ library is linked statically, in the place of its
/// own, which says the exception's type, too, and for that brings 50 kB of code that demangles names. No exception
/// leaves this library: it is for those of the program around it.
extern "C" [[noreturn, gnu::weak, gnu::visibility("hidden")]] void seqrec_terminate() noexcept
    __asm__("_ZN9__gnu_cxx27__verbose_terminate_handlerEv");
extern "C" void seqrec_terminate() noexcept {
  std::fputs("terminate called\n", stderr);
  if (std::current_exception() != nullptr) {
    try {
      throw;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "  what():  %s\n", error.what());
    } catch (...) {
    }
  }
  std::abort();
}
#endif

}  // namespace

seqrec_status keep_error() noexcept {
  try {
    throw;
  } catch (const infer::UnknownUserError& error) {
    return keep(SEQREC_ERROR_UNKNOWN_USER, error.what());
  } catch (const infer::EmptyHistoryError& error) {
    return keep(SEQREC_ERROR_EMPTY_HISTORY, error.what());
  } catch (const UnsupportedError& error) {
    return keep(SEQREC_ERROR_UNSUPPORTED, error.what());
  } catch (const UsageError& error) {
    return keep(SEQREC_ERROR_USAGE, error.what());
  } catch (const FormatError& error) {
    return keep(SEQREC_ERROR_FILE, error.what());
  } catch (const IoError& error) {
    return keep(SEQREC_ERROR_FILE, error.what());
  } catch (const MemoryError& error) {
    return keep(SEQREC_ERROR_MEMORY, error.what());
  } catch (const std::bad_alloc&) {
    return keep(SEQREC_ERROR_MEMORY, "out of memory");
  } catch (const std::length_error&) {  // of more than there can be
    return keep(SEQREC_ERROR_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return keep(SEQREC_ERROR, error.what());
  } catch (...) {
    return keep(SEQREC_ERROR, "unknown error");
  }
}

}  // namespace seqrec::c

const char* seqrec_last_error(void) { return seqrec::c::last_error; }
