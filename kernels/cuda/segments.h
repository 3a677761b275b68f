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

inline constexpr std::int64_t kSegment = DeviceGroups::kSegment;
inline constexpr int kLoads = 8;  // rows whose loads a thread has under way at once

/// What is summed is a kernel's argument, `Terms`: terms.load(pack, place, column) fills the pack with what a place
/// adds to the columns from `column` on. This one: weights[p * weight_step] (1 where null) times row rows[p] (p where
/// null) of a table whose rows are `stride` apart and whose elements `step`.
template <class T>
struct WeightedRows {
  const T* table;
  const T* weights;
  const std::int32_t* rows;
  std::int64_t stride, step, weight_step;

  template <int N>
  __device__ __forceinline__ void load(Pack<T, N>& pack, std::int64_t place, std::int64_t column) const {
    cuda::load(pack, table + (rows ? rows[place] : place) * stride + column * step);
    const T weight = weights ? weights[place * weight_step] : T(1);
    for (T& lane : pack.lane) lane *= weight;
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(table), f(weights), f(rows);
  }
};

/// Where sums go: the columns up to `width` to the rows of one tensor, those beyond to the rows of another.
template <class T>
struct SumRows {
  T *out, *rest;
  std::int64_t width, rest_width;

  __device__ __forceinline__ T* at(std::int64_t row, std::int64_t column) const {
    return column < width ? out + row * width + column : rest + row * rest_width + (column - width);
  }
  template <class F>
  void for_each_pointer(F f) const {
    f(out), f(rest);
  }
};

struct SumLayout {
  std::int64_t places, width;
};

/// `starts`: the group of each segment's first place (DeviceGroups).
template <class T, int N, class Terms>
__global__ void sum_segments_kernel(Terms terms, const std::int32_t* order, const std::int32_t* offsets,
                                    const std::int32_t* starts, const std::int32_t* targets, SumRows<T> out, T* partial,
                                    SumLayout layout) {
  const std::int64_t columns = layout.width / N, segments = (layout.places + kSegment - 1) / kSegment;
  for_each_index(segments * columns, [&](std::int64_t i) {
    const std::int64_t segment = i / columns, column = (i - segment * columns) * N;
    const std::int64_t first = segment * kSegment, last = min(first + kSegment, layout.places);
    std::int64_t group = starts[segment], end = offsets[group + 1];
    bool begins_here = offsets[group] == first;
    Pack<T, N> sum{};
    for (std::int64_t batch = first; batch < last; batch += kLoads) {
      Pack<T, N> values[kLoads];
#pragma unroll
      for (int k = 0; k < kLoads; ++k) {
        if (batch + k >= last) break;
        terms.load(values[k], order[batch + k], column);
      }
#pragma unroll
      for (int k = 0; k < kLoads; ++k) {
        const std::int64_t next = batch + k + 1;
        if (next > last) break;
        add(sum, values[k]);
        if (next < end && next < last) continue;
        if (begins_here && next == end) {
          store(sum, out.at(targets ? targets[group] : group, column));
        } else {
          store(sum, partial + (2 * segment + begins_here) * layout.width + column);
        }
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
__global__ void sum_partials_kernel(const T* partial, const std::int32_t* offsets, const std::int32_t* starts,
                                    const std::int32_t* targets, SumRows<T> out, SumLayout layout) {
  using Lanes = Pack<T, N>;
  SEQREC_SHARED(Lanes, of_slices, [Context::kThreads]);
  const std::int64_t columns = layout.width / N, segments = (layout.places + kSegment - 1) / kSegment;
  for_each_row(segments - 1, [&](std::int64_t segment) {
    const std::int64_t next = (segment + 1) * kSegment, group = starts[segment + 1], begin = offsets[group];
    if (begin < segment * kSegment || begin >= next) return;
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
        store(sum, out.at(targets ? targets[group] : group, column * N));
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
/// of what `terms` has of p; `packable` says that its tensors are. out [., width] contiguous, `rest` too: the columns
/// beyond out's, if it is defined. `by_id`: rows that no id names become 0.
template <class T, class Terms>
void sum_groups(const Index& ids, const Terms& terms, bool packable, bool by_id, Tensor& out, const Tensor& rest = {}) {
  const Context& gpu = context(out);
  const DeviceGroups groups = ids.groups_on(out.device());
  for (const Tensor* result : {&std::as_const(out), &rest}) {
    if (!by_id || !result->defined() || groups.ids.size(0) == out.size(0)) continue;
    memory(gpu.device()).zero(result->raw(), static_cast<std::size_t>(result->numel()) * sizeof(T));
  }
  const SumRows<T> to{out.data<T>(), rest.defined() ? rest.data<T>() : nullptr, out.size(1),
                      rest.defined() ? rest.size(1) : 0};
  const SumLayout layout{ids.size(), to.width + to.rest_width};
  if (layout.places == 0 || layout.width == 0) return;
  const std::int64_t segments = (ids.size() + kSegment - 1) / kSegment;
  const Tensor partial({2 * segments, layout.width}, out.dtype(), out.device());
  const auto *order = groups.order.data<std::int32_t>(), *offsets = groups.offsets.data<std::int32_t>(),
             *starts = groups.starts.data<std::int32_t>();
  const auto* target = by_id ? groups.ids.data<std::int32_t>() : nullptr;
  const auto run = [&](auto lanes) {
    constexpr int kN = decltype(lanes)::value;
    launch(gpu.over(segments * (layout.width / kN)), sum_segments_kernel<T, kN, Terms>, terms, order, offsets, starts,
           target, to, partial.data<T>(), layout);
    launch(gpu.rows(segments - 1), sum_partials_kernel<T, kN>, partial.data<T>(), offsets, starts, target, to, layout);
  };
  packable = packable && to.width % kLanes<T> == 0 && to.rest_width % kLanes<T> == 0 && is_packable(out, partial) &&
             (!rest.defined() || is_packable(rest));
  if (packable) {
    run(std::integral_constant<int, kLanes<T>>());
  } else {
    run(std::integral_constant<int, 1>());
  }
}

/// The same of weights[p] table[rows[p]]: table [., width] and weights [places], any strides. Without weights
/// (undefined): 1, without rows: p.
template <class T>
void sum_groups(const Index& ids, const Tensor& table, const Tensor& rows, const Tensor& weights, bool by_id,
                Tensor& out) {
  const WeightedRows<T> terms{table.data<T>(),
                              weights.defined() ? weights.data<T>() : nullptr,
                              rows.defined() ? rows.data<std::int32_t>() : nullptr,
                              table.strides()[0],
                              table.strides()[1],
                              weights.defined() ? weights.strides()[0] : 0};
  sum_groups<T>(ids, terms, has_packable_rows<T>(table), by_id, out);
}

}  // namespace seqrec::kernels::cuda
