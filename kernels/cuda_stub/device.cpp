// kernels/cuda.h in a program built without CUDA.
#include "core/error.h"
#include "kernels/cuda.h"

namespace seqrec::kernels::cuda {

[[noreturn]] static void fail() { throw DeviceError("no CUDA device: built without CUDA"); }

int device_count() { return 0; }
std::string absence() { return "built without CUDA"; }
void open(Device) { fail(); }
std::string description(Device) { fail(); }
void synchronize(Device) { fail(); }
std::int64_t synchronizations() { return 0; }

}  // namespace seqrec::kernels::cuda
