#include <algorithm>
#include <cmath>
#include <ostream>

#include "core/tensor.h"
#include "core/text_stream.h"

namespace seqrec {
namespace {

constexpr std::int64_t kMostWritten = 1000;

template <class T>
std::string text_of(T value, std::streamsize precision) {
  if constexpr (std::is_same_v<T, bool>) return value ? "true" : "false";
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) return "nan";  // whatever its sign
  }
  TextStream out;
  out.precision(precision);
  out << +value;
  return std::move(out).str();
}

/// Writes a tensor in two walks over what is shown of it: the first finds the widest element.
class Printer {
 public:
  Printer(const Tensor& tensor, std::streamsize precision) : tensor_(tensor), precision_(precision) {
    if (tensor.numel() > kMostWritten) edge_ = tensor.rank() <= 2 ? 3 : tensor.rank() == 3 ? 2 : 1;
  }

  std::string text() {
    if (tensor_.numel() == 0) return "[]";
    measuring_ = true;
    write(0, tensor_.raw());
    measuring_ = false;
    if (tensor_.rank() < 2) width_ = 0;  // there are no columns
    write(0, tensor_.raw());
    return std::move(text_);
  }

 private:
  void write(int axis, const std::byte* at) {
    if (axis == tensor_.rank()) return write_element(at);
    const std::int64_t size = tensor_.size(axis);
    const std::int64_t step = tensor_.strides()[axis] * static_cast<std::int64_t>(size_of(tensor_.dtype()));
    add("[");
    for (std::int64_t i = 0; i < size; ++i) {
      if (i > 0) add(separator(axis));
      if (edge_ > 0 && i == edge_ && size > 2 * edge_) {
        add("..." + separator(axis));
        i = size - edge_;
      }
      write(axis + 1, at + i * step);
    }
    add("]");
  }

  void write_element(const std::byte* at) {
    const std::string element = visit_any(tensor_.dtype(), [&](auto value) {
      memory(tensor_.device()).copy_to_host(&value, at, sizeof(value));
      return text_of(value, precision_);
    });
    if (measuring_) width_ = std::max(width_, element.size());
    add(std::string(width_ - std::min(width_, element.size()), ' ') + element);
  }

  /// Between two parts of an axis: rows stand under each other, matrices with an empty line between them.
  std::string separator(int axis) const {
    const int inner = tensor_.rank() - 1 - axis;
    if (inner == 0) return ", ";
    return "," + std::string(std::min(inner, 2), '\n') + std::string(axis + 1, ' ');
  }

  void add(const std::string& text) {
    if (!measuring_) text_ += text;
  }

  const Tensor& tensor_;
  std::streamsize precision_;
  std::int64_t edge_ = 0;  // how many are shown at either end of an axis; 0: all
  std::size_t width_ = 0;
  bool measuring_ = false;
  std::string text_;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  if (!tensor.defined()) return out << "undefined tensor";
  out << Printer(tensor, out.precision()).text() << ' ' << tensor.dtype();
  if (tensor.rank() > 0) out << ' ' << tensor.shape();
  if (tensor.device() != kCpu) out << " on " << tensor.device();
  return out;
}

std::string to_string(const Tensor& tensor) {
  TextStream out;
  out << tensor;
  return std::move(out).str();
}

}  // namespace seqrec
