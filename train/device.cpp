#include "train/device.h"

#include "kernels/cuda.h"

namespace seqrec::train {

void open_device(Device device, const data::Config& config, Observer& observer) {
  if (device == kCpu) return;
  kernels::cuda::open(device);
  kernels::cuda::allow_tf32(device, config.get_bool("allow_tf32"));
  observer.on_notice(concat("computing on ", device, ", ", kernels::cuda::description(device)));
}

}  // namespace seqrec::train
