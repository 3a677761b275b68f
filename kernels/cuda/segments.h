#pragma once

#include "core/index.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/pack.h"

/// For .cu files only. Sums of rows by groups of equal ids, in a fixed order and without atomics, evenly spread however
/// often one id occurs.
///
/// The places, sorted by id (Groups::order), are cut into segments of kSegment. A thread adds up the rows of one
/// segment for the columns of one pack. A group within one segment is finished by that; one that goes on in the next
/// leaves one partial sum per segment, in slot 2 s + 1 of the segment `s` in which it begins and slot 2 s of those
/// after it, and a block adds these up.
namespace seqrec::kernels::cuda {

inline constexpr int kSegment = 32;
inline constexpr int kLoads = 8;  // rows whose loads a thread has under way at once

/// What is summed: of place p, weights[p * weight_step] (1 where null) times row rows[p] (p where null) of a table
/// whose rows are `stride` apart and whose elements `step`.
struct SumLayout {
  std::int64_t places, groups, width, stride, step, weight_step;
};

/// The group to which sorted place `i` belongs.
__device__ __forceinline__ std::int64_t group_at(const std::int32_t* offsets, std::int64_t groups, std::int64_t i) {
  std::int64_t low = 0, high = groups;
  while (high - low > 1) {
    const std::int64_t middle = (low + high) / 2;
    (offsets[middle] <= i ? low : high) = middle;
  }
  return low;
}

template <class T, int N>
__global__ void sum_segments_kernel(const T* table, const T* weights, const std::int32_t* rows,
                                    const std::int32_t* order, const std::int32_t* offsets, const std::int32_t* targets,
                                    T* out, T* partial, SumLayout layout) {
  const std::int64_t columns = layout.width / N, segments = (layout.places + kSegment - 1) / kSegment;
  for_each_index(segments * columns, [&](std::int64_t i) {
    const std::int64_t segment = i / columns, column = (i - segment * columns) * N;
    const std::int64_t first = segment * kSegment, last = min(first + kSegment, layout.places);
    std::int64_t group = group_at(offsets, layout.groups, first), end = offsets[group + 1];
    bool begins_here = offsets[group] == first;
    Pack<T, N> sum{};
    for (std::int64_t batch = first; batch < last; batch += kLoads) {
      Pack<T, N> values[kLoads];
#pragma unroll
      for (int k = 0; k < kLoads; ++k) {
        if (batch + k >= last) break;
        const std::int64_t place = order[batch + k], row = rows ? rows[place] : place;
        load(values[k], table + row * layout.stride + column * layout.step);
        const T weight = weights ? weights[place * layout.weight_step] : T(1);
        for (T& lane : values[k].lane) lane *= weight;
      }
#pragma unroll
      for (int k = 0; k < kLoads; ++k) {
        const std::int64_t next = batch + k + 1;
        if (next > last) break;
        add(sum, values[k]);
        if (next < end && next < last) continue;
        const bool whole = begins_here && next == end;
        const std::int64_t target = !whole ? 2 * segment + begins_here : targets ? targets[group] : group;
        store(sum, (whole ? out : partial) + target * layout.width + column);
        if (next == last) break;
        sum = {};
        begins_here = true;
        end = offsets[++group + 1];
      }
    }
  });
}

/// A block a segment: the group that begins in it and goes on after it, if there is one. A block's threads are `slices`
/// of the partial sums times columns.
template <class T, int N>
__global__ void sum_partials_kernel(const T* partial, const std::int32_t* offsets, const std::int32_t* targets, T* out,
                                    SumLayout layout) {
  using Lanes = Pack<T, N>;
  SEQREC_SHARED(Lanes, of_slices, [Context::kThreads]);
  const std::int64_t columns = layout.width / N, segments = (layout.places + kSegment - 1) / kSegment;
  for_each_row(segments - 1, [&](std::int64_t segment) {
    const std::int64_t next = (segment + 1) * kSegment, group = group_at(offsets, layout.groups, next - 1);
    if (offsets[group] < segment * kSegment || offsets[group + 1] <= next) return;
    const std::int64_t last = (offsets[group + 1] - 1) / kSegment;
    const std::int64_t threads = min(columns, std::int64_t{blockDim.x}), slices = blockDim.x / threads;
    const std::int64_t slice = threadIdx.x / threads;
    for (std::int64_t base = 0; base < columns; base += threads) {
      const std::int64_t column = base + threadIdx.x - slice * threads;
      Lanes sum{}, one;
      if (slice < slices && column < columns) {
        for (std::int64_t s = segment + slice; s <= last; s += slices) {
          load(one, partial + (2 * s + (s == segment)) * layout.width + column * N);
          add(sum, one);
        }
        of_slices[threadIdx.x] = sum;
      }
      __syncthreads();
      if (slice == 0 && column < columns) {
        for (std::int64_t other = 1; other < slices; ++other) add(sum, of_slices[other * threads + threadIdx.x]);
        store(sum, out + (targets ? targets[group] : group) * layout.width + column * N);
      }
      __syncthreads();
    }
  });
}

/// Whether the rows of [rows, width] can be walked by packs.
template <class T>
bool has_packable_rows(const Tensor& matrix) {
  return matrix.strides()[1] == 1 && matrix.size(1) % kLanes<T> == 0 && matrix.strides()[0] % kLanes<T> == 0 &&
         is_packable(matrix);
}

/// out[g], or out[id of g] with `by_id`, = the sum over the places p of group g of `ids`, ascending within a segment,
/// of weights[p] table[rows[p]]: table [., width] and weights [places], any strides; out [., width] contiguous. Without
/// weights (undefined): 1, without rows: p.
template <class T>
void sum_groups(const Index& ids, const Tensor& table, const Tensor& rows, const Tensor& weights, bool by_id,
                Tensor& out) {
  if (ids.size() == 0 || out.numel() == 0) return;
  const Context& gpu = context(out);
  const DeviceGroups groups = ids.groups_on(out.device());
  const std::int64_t width = out.size(1), segments = (ids.size() + kSegment - 1) / kSegment;
  const SumLayout layout{ids.size(),         groups.ids.size(0), width,
                         table.strides()[0], table.strides()[1], weights.defined() ? weights.strides()[0] : 0};
  const Tensor partial({2 * segments, width}, out.dtype(), out.device());
  const auto* row = rows.defined() ? rows.data<std::int32_t>() : nullptr;
  const auto* weight = weights.defined() ? weights.data<T>() : nullptr;
  const auto* target = by_id ? groups.ids.data<std::int32_t>() : nullptr;
  const auto *order = groups.order.data<std::int32_t>(), *offsets = groups.offsets.data<std::int32_t>();
  const auto run = [&](auto lanes) {
    constexpr int kN = decltype(lanes)::value;
    launch(gpu.over(segments * (width / kN)), sum_segments_kernel<T, kN>, table.data<T>(), weight, row, order, offsets,
           target, out.data<T>(), partial.data<T>(), layout);
    launch(gpu.rows(segments - 1), sum_partials_kernel<T, kN>, partial.data<T>(), offsets, target, out.data<T>(),
           layout);
  };
  if (has_packable_rows<T>(table) && is_packable(out)) {
    run(std::integral_constant<int, kLanes<T>>());
  } else {
    run(std::integral_constant<int, 1>());
  }
}

}  // namespace seqrec::kernels::cuda
