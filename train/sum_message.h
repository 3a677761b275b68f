#pragma once

#include "dist/processes.h"
#include "train/shard_sum.h"

namespace seqrec::train {

/// A sum as bytes, for a process on a machine like this one, and back, on a device. Dense tensors, rows and gradients
/// that are not there stay what they are, to the same bits. FormatError for bytes that are none.
dist::Message to_message(const ShardSum& sum);
ShardSum shard_sum(const dist::Message& message, Device device);

/// A tensor's bytes, and a tensor that becomes what another process' had. ShapeError if they are of another number.
dist::Message bytes_of(const Tensor& tensor);
void set_bytes(Tensor& tensor, const dist::Message& message);

}  // namespace seqrec::train
