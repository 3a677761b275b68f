#include <ostream>

#include "core/device.h"
#include "core/dtype.h"
#include "core/shape.h"

namespace seqrec {

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << to_string(shape); }
std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name_of(dtype); }
std::ostream& operator<<(std::ostream& out, const Device& device) { return out << to_string(device); }

}  // namespace seqrec
