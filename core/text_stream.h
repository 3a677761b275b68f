#pragma once

#include <locale>
#include <sstream>

namespace seqrec {

/// The stream that texts are put together with. It writes numbers as C does, whatever locale the host process has made
/// the global one; and what a stream would swallow, leaving the text shorter, it throws: std::bad_alloc.
class TextStream : public std::ostringstream {
 public:
  TextStream() {
    imbue(std::locale::classic());
    exceptions(std::ios::badbit);
  }
};

}  // namespace seqrec
