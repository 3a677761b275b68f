#include "kernels/kernel.h"

#include "kernels/visit.h"

namespace seqrec::kernels {

thread_local bool ReferenceScope::active_ = false;

static thread_local CallTrace* current_trace = nullptr;

CallTrace::CallTrace() : previous_(current_trace) { current_trace = this; }
CallTrace::~CallTrace() { current_trace = previous_; }

void CallTrace::note(std::string_view name) {
  if (current_trace) current_trace->names_.push_back(name);
}

void detail::refuse_dtype(const char* op, DType dtype) {
  throw ShapeError(concat("[", op, "] libseqrec computes in f32, got ", dtype));
}

}  // namespace seqrec::kernels
