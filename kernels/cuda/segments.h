#pragma once

#include <utility>

#include "core/index.h"
#include "kernels/cuda/context.h"
#include "kernels/cuda/pack.h"

/// For .cu files only. Sums of rows by groups of equal ids, in a fixed order, in one launch and without atomics.
///
/// The places, sorted by id (Groups::order), are cut into segments of kSegment, and a block has as many as it has
/// slices of threads, a thread of a slice for the columns of a pack. It sums the groups that begin in its segments,
/// wherever they end: each slice walks as many of their places, finishes the groups that lie there, and leaves in
/// shared memory what it has of one that began before; the slice in which that began adds it up. So a frequent id costs
/// its block longer, by some 0.7 us (the time that a load takes) per kLoads places of a slice.
namespace seqrec::kernels::cuda {

inline constexpr std::int64_t kSegment = DeviceGroups::kSegment;
inline constexpr int kLoads = 8;  // rows whose loads a thread has under way at once
inline constexpr int kSumThreads = 512;

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

/// DeviceGroups, and the row that each is summed up in (null: its own number), as a kernel's argument.
struct SortedPlaces {
  const std::int32_t *order, *offsets, *starts, *targets;
  std::int64_t size, groups;

  __host__ __device__ std::int64_t segments() const { return (size + kSegment - 1) / kSegment; }
  /// The first group that begins in this segment or after it.
  __device__ __forceinline__ std::int64_t from(std::int64_t segment) const {
    if (segment >= segments()) return groups;
    const std::int64_t group = starts[segment];
    return offsets[group] < segment * kSegment ? group + 1 : group;
  }
  __device__ __forceinline__ std::int64_t target(std::int64_t group) const { return targets ? targets[group] : group; }
  template <class F>
  void for_each_pointer(F f) const {
    f(order), f(offsets), f(starts), f(targets);
  }
};

/// How many slices a block's threads make: the same whether packs fit or not, as what is added to what follows from it.
template <class T>
__host__ __device__ std::int64_t slices_of(std::int64_t width) {
  const std::int64_t packs = (width + kLanes<T> - 1) / kLanes<T>;
  return packs < kSumThreads ? kSumThreads / packs : 1;
}

template <class T, int N, class Terms>
__global__ void sum_groups_kernel(Terms terms, SortedPlaces places, SumRows<T> out, std::int64_t width) {
  using Lanes = Pack<T, N>;
  SEQREC_SHARED(Lanes, begun_before, [kSumThreads]);
  const std::int64_t slices = slices_of<T>(width), threads = kSumThreads / slices, slice = threadIdx.x / threads;
  const std::int64_t columns = width / N;
  for_each_row((places.segments() + slices - 1) / slices, [&](std::int64_t block) {
    const std::int64_t first = places.from(block * slices), last = places.from((block + 1) * slices);
    if (first == last) return;
    const std::int64_t begin = places.offsets[first], end = places.offsets[last];
    const std::int64_t segment = begin / kSegment, segments = (end - 1) / kSegment + 1 - segment;
    const std::int64_t each = (segments + slices - 1) / slices * kSegment;  // places of a slice
    const std::int64_t aligned = segment * kSegment + slice * each;
    const std::int64_t from = max(begin, aligned), to = min(end, aligned + each);
    for (std::int64_t base = 0; base < columns; base += threads) {
      const std::int64_t column = (base + threadIdx.x - slice * threads) * N;
      const bool works = slice < slices && column < width && from < to;
      Lanes sum{};
      std::int64_t group = 0, group_end = 0;
      bool begins_here = false;
      if (works) {
        group = slice == 0 ? first : places.starts[from / kSegment];
        group_end = places.offsets[group + 1];
        begins_here = places.offsets[group] == from;
      }
      for (std::int64_t batch = from; works && batch < to; batch += kLoads) {
        Lanes values[kLoads];
#pragma unroll
        for (int k = 0; k < kLoads; ++k) {
          if (batch + k >= to) break;
          terms.load(values[k], places.order[batch + k], column);
        }
#pragma unroll
        for (int k = 0; k < kLoads; ++k) {
          const std::int64_t next = batch + k + 1;
          if (next > to) break;
          add(sum, values[k]);
          if (next < group_end && (next < to || begins_here)) continue;
          if (begins_here) {
            store(sum, out.at(places.target(group), column));
          } else {
            store_shared(sum, begun_before[threadIdx.x].lane);
          }
          if (next == to) break;
          sum = {};
          begins_here = true;
          group_end = places.offsets[++group + 1];
        }
      }
      __syncthreads();
      if (begins_here && group_end > to) {
        const std::int64_t others = (group_end - 1 - segment * kSegment) / each - slice;  // slices that go on with it
        for (std::int64_t other = 1; other <= others; ++other) add(sum, begun_before[threadIdx.x + other * threads]);
        store(sum, out.at(places.target(group), column));
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
  const SortedPlaces places{groups.order.data<std::int32_t>(),
                            groups.offsets.data<std::int32_t>(),
                            groups.starts.data<std::int32_t>(),
                            by_id ? groups.ids.data<std::int32_t>() : nullptr,
                            ids.size(),
                            groups.ids.size(0)};
  const std::int64_t width = to.width + to.rest_width;
  if (places.size == 0 || width == 0) return;
  const std::int64_t slices = slices_of<T>(width);
  const auto run = [&](auto kernel) {
    launch(gpu.rows((places.segments() + slices - 1) / slices, kSumThreads), kernel, terms, places, to, width);
  };
  packable = packable && to.width % kLanes<T> == 0 && to.rest_width % kLanes<T> == 0 && is_packable(out) &&
             (!rest.defined() || is_packable(rest));
  if (packable) {
    run(sum_groups_kernel<T, kLanes<T>, Terms>);
  } else {
    run(sum_groups_kernel<T, 1, Terms>);
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
