#include "train/device.h"

#include "kernels/cuda.h"

namespace seqrec::train {

void open_device(Device device, Observer& observer) {
  if (device == kCpu) return;
  kernels::cuda::open(device);
  observer.on_notice(concat("computing on ", device, ", ", kernels::cuda::description(device)));
}

kernels::ProductPrecision product_precision(const data::Config& config) {
  using enum kernels::ProductPrecision;
  const std::string& name = config.get_string("product_precision");
  return name == "tf32" ? Tf32 : name == "bf16" ? Bf16 : F32;
}

}  // namespace seqrec::train
