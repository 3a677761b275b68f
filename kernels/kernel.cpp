#include "kernels/kernel.h"

namespace seqrec::kernels {

thread_local bool ReferenceScope::active_ = false;

static thread_local CallTrace* current_trace = nullptr;

CallTrace::CallTrace() : previous_(current_trace) { current_trace = this; }
CallTrace::~CallTrace() { current_trace = previous_; }

void CallTrace::note(std::string_view name) {
  if (current_trace) current_trace->names_.push_back(name);
}

}  // namespace seqrec::kernels
