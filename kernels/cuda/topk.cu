#include <algorithm>
#include <bit>
#include <limits>

#include "kernels/copy.h"
#include "kernels/cuda/pack.h"
#include "kernels/cuda/reduction.h"
#include "kernels/cuda/tiles.h"
#include "kernels/topk.h"

namespace seqrec::kernels::cuda {
namespace {

template <class T>
using Word = std::conditional_t<sizeof(T) == 4, unsigned, unsigned long long>;  // what atomics take

/// A class's place in the order: of two, the one that stands first is greater. No two classes have the same.
template <class T>
struct Key {
  Word<T> score;  ///< 0: left out, 1: a NaN
  unsigned id;    ///< all ones less the class

  friend __device__ bool operator<(const Key& a, const Key& b) {
    return a.score != b.score ? a.score < b.score : a.id < b.id;
  }
};

/// The bits of a score that was left out: a NaN that no arithmetic makes.
template <class T>
inline constexpr Word<T> kLeftOut = ~Word<T>{0};

/// Rows of scores, `stride` apart; those of classes from `first` on count. `marked`: some are left out.
struct Scores {
  std::int64_t rows, classes, stride, first;
  bool marked;
};

template <class T>
__device__ Key<T> key_of(T score, std::int64_t id, bool marked) {
  constexpr Word<T> kSign = ~(~Word<T>{0} >> 1);
  const unsigned inverse = ~static_cast<unsigned>(id);
  if (isnan(score)) return {marked && std::bit_cast<Word<T>>(score) == kLeftOut<T> ? 0u : 1u, inverse};
  const Word<T> bits = std::bit_cast<Word<T>>(score + T(0));  // -0 becomes 0
  return {bits & kSign ? ~bits : bits | kSign, inverse};
}

/// Calls f(key, id, score) for the classes of a row that take part; a thread gets the same ones each time. `held`, if
/// there is one, gets the row.
template <class Team, int N, class T, class F>
__device__ void for_each_candidate(const Scores& scores, const T* row, F f, T* held = nullptr) {
  for_each_pack_of_row<Team, T, N>(scores.classes, [&](auto pack, std::int64_t i) {
    load(pack, row + i);
    if (held != nullptr) store_shared(pack, held + i);
    for (int lane = 0; lane < static_cast<int>(std::size(pack.lane)); ++lane) {
      const Key<T> key = key_of(pack.lane[lane], i + lane, scores.marked);
      if (i + lane >= scores.first && key.score != 0) f(key, i + lane, pack.lane[lane]);
    }
  });
}

constexpr int kThreads = 128;   // for a row that isn't wide
constexpr int kDigitBits = 11;  // many enough for the first digit to part scores of about the same size
constexpr int kBins = 1 << kDigitBits;
constexpr int kIdDigits = (32 + kDigitBits - 1) / kDigitBits;

/// Bins side by side lie in other banks, and so do those that threads begin with which own 4 or 16 of them.
__device__ __forceinline__ int place_of(int bin) { return bin + bin / kWarp; }
using Bins = int[kBins + kBins / kWarp];

/// What a block counts in, one after the other.
template <class T>
union Scratch {
  Bins bins;
  Key<T> tops[kWideThreads];  ///< each thread's best
};

/// The sum of `own` over the threads up to this one. For all threads of the block; between two calls stands a barrier.
__device__ int sum_up_to(int own) {
  SEQREC_SHARED(int, of_warps, [kWideThreads / kWarp]);
  const int lane = static_cast<int>(threadIdx.x) % kWarp, warps = static_cast<int>(threadIdx.x) / kWarp;
  for (int step = 1; step < kWarp; step *= 2) {
    const int other = __shfl_up_sync(kAllLanes, own, step);
    if (lane >= step) own += other;
  }
  if (lane == kWarp - 1) of_warps[warps] = own;
  __syncthreads();
  for (int warp = 0; warp < warps; ++warp) own += of_warps[warp];
  return own;
}

/// The bin in which, counted from the highest one down, the wanted one is.
struct Cut {
  int bin;     ///< -1: there are fewer than wanted
  int above;   ///< how many are in higher bins
  int inside;  ///< how many are in this one
};

/// For all threads of the block; between two calls stands a barrier.
__device__ Cut find_cut(const Bins& bins, int wanted) {
  SEQREC_SHARED(Cut, cut, [1]);
  const int thread = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  const int highest = kBins - 1 - thread * (kBins / threads);
  int own = 0;
  for (int i = 0; i < kBins / threads; ++i) own += bins[place_of(highest - i)];
  int above = sum_up_to(own) - own;  // the bins of the threads before are the higher ones
  if (thread == threads - 1 && above + own < wanted) cut[0] = {-1, 0, 0};
  if (above < wanted && wanted <= above + own) {
    int bin = highest;
    for (; above + bins[place_of(bin)] < wanted; --bin) above += bins[place_of(bin)];
    cut[0] = {bin, above, bins[place_of(bin)]};
  }
  __syncthreads();
  return cut[0];
}

/// The least key of a row's k best, digit by digit from the highest: of those that agree in the digits so far, the bins
/// say how many have which next one.
template <int N, class T>
__device__ Key<T> find_bar(const Scores& scores, const T* row, std::int64_t k, Bins& bins) {
  constexpr int kScoreDigits = (8 * sizeof(T) + kDigitBits - 1) / kDigitBits;
  Key<T> bar{0, 0}, known{0, 0};  // known: ones where the bar's digits are
  int wanted = static_cast<int>(min(k, scores.classes + 1));
  for (int digit = 0; digit < kScoreDigits + kIdDigits; ++digit) {
    const bool of_score = digit < kScoreDigits;
    const int shift = kDigitBits * ((of_score ? kScoreDigits : kScoreDigits + kIdDigits) - 1 - digit);
    BlockTeam::for_each(std::ssize(bins), [&](std::int64_t i) { bins[i] = 0; });
    __syncthreads();
    for_each_candidate<BlockTeam, N>(scores, row, [&](const Key<T>& key, std::int64_t, T) {
      if ((key.score & known.score) != bar.score || (key.id & known.id) != bar.id) return;
      const unsigned bits = of_score ? static_cast<unsigned>(key.score >> shift) : key.id >> shift;
      atomicAdd(&bins[place_of(static_cast<int>(bits % kBins))], 1);
    });
    __syncthreads();
    const Cut cut = find_cut(bins, wanted);
    if (cut.bin < 0) return {1, 0};  // all
    if (of_score) {
      bar.score |= static_cast<Word<T>>(cut.bin) << shift;
      known.score |= static_cast<Word<T>>(kBins - 1) << shift;
    } else {
      bar.id |= static_cast<unsigned>(cut.bin) << shift;
      known.id |= static_cast<unsigned>(kBins - 1) << shift;
    }
    wanted -= cut.above;
    if (wanted == cut.inside) break;
  }
  return bar;
}

/// So few of the best are found without bins, if no more than kMostFew come near them.
constexpr std::int64_t kFew = 96;
constexpr int kMostFew = 256;

/// A bar that at least k of a row's classes pass (or all, where there are fewer), few of the others: the k-th of the
/// threads' own best. Leaves the row in `held`, if there is one.
template <int N, class T>
__device__ Key<T> find_low_bar(const Scores& scores, const T* row, std::int64_t k, T* held,
                               Key<T> (&tops)[kWideThreads]) {
  SEQREC_SHARED(Key<T>, bar, [1]);
  Key<T> top{0, 0};
  for_each_candidate<BlockTeam, N>(
      scores, row, [&](const Key<T>& key, std::int64_t, T) { top = top < key ? key : top; }, held);
  if (BlockTeam::leads()) bar[0] = {1, 0};  // all
  tops[threadIdx.x] = top;
  __syncthreads();
  int better = 0;
  for (int other = 0; other < static_cast<int>(blockDim.x); ++other) better += top < tops[other];
  if (better == k - 1 && top.score != 0) bar[0] = top;
  __syncthreads();
  return bar[0];
}

/// Writes those of a row that pass the bar, if there is room for them; how many they are. Ends with a barrier.
template <int N, class T>
__device__ int gather(const Scores& scores, const T* row, const Key<T>& bar, std::int64_t room, T* found,
                      std::int32_t* ids) {
  SEQREC_SHARED(int, count, [1]);
  int own = 0;
  for_each_candidate<BlockTeam, N>(scores, row, [&](const Key<T>& key, std::int64_t, T) { own += key < bar ? 0 : 1; });
  int place = sum_up_to(own);
  if (threadIdx.x == blockDim.x - 1) count[0] = place;
  place -= own;
  __syncthreads();
  if (own > 0 && count[0] <= room)
    for_each_candidate<BlockTeam, N>(scores, row, [&](const Key<T>& key, std::int64_t id, T score) {
      if (key < bar) return;
      found[place] = score;
      ids[place++] = static_cast<std::int32_t>(id);
    });
  __syncthreads();
  return count[0];
}

/// Up to so many of the best are ordered by counting: each asks all others.
constexpr std::int64_t kCounted = 512;

/// Brings a row's best in order, the first one first, by a bitonic network all of whose comparisons point one way:
/// those with places beyond the end have nothing to do. For all threads of the block; ends with a barrier.
template <class T>
__device__ void sort_best(T* scores, std::int32_t* ids, std::int64_t count) {
  for (std::int64_t size = 2; size < 2 * count; size *= 2)
    for (std::int64_t step = size / 2; step > 0; step /= 2) {
      BlockTeam::for_each(count, [&](std::int64_t low) {
        // The first pass over runs of `size` compares their places with those counted from the end.
        const std::int64_t high = step == size / 2 ? low ^ (size - 1) : low ^ step;
        if (high < low || high >= count) return;
        const T a = scores[low], b = scores[high];
        const std::int32_t a_id = ids[low], b_id = ids[high];
        if (!(key_of(a, a_id, false) < key_of(b, b_id, false))) return;
        scores[low] = b, scores[high] = a;
        ids[low] = b_id, ids[high] = a_id;
      });
      __syncthreads();
    }
}

/// A block a row. Each block has k places in `found_scores` and `found_ids` of its own. `holds`: there is shared memory
/// for a row.
template <class T, int N>
__global__ void topk_kernel(const T* x, Scores scores, std::int64_t k, bool holds, T* found_scores,
                            std::int32_t* found_ids, T* values, std::int32_t* ids) {
  SEQREC_DYNAMIC_SHARED(T, memory);
  SEQREC_SHARED(Scratch<T>, scratch, [1]);
  SEQREC_SHARED(T, few_scores, [kMostFew]);
  SEQREC_SHARED(std::int32_t, few_ids, [kMostFew]);
  for_each_row(scores.rows, [&](std::int64_t row) {
    const T* from = x + row * scores.stride;
    T* best_scores = few_scores;
    std::int32_t* best_ids = few_ids;
    int count = kMostFew + 1;
    if (k <= kFew) {
      const Key<T> bar = find_low_bar<N>(scores, from, k, holds ? memory : nullptr, scratch[0].tops);
      if (holds) from = memory;
      count = gather<N>(scores, from, bar, kMostFew, few_scores, few_ids);
    }
    if (count > kMostFew) {
      best_scores = found_scores + blockIdx.x * k;
      best_ids = found_ids + blockIdx.x * k;
      count = gather<N>(scores, from, find_bar<N>(scores, from, k, scratch[0].bins), k, best_scores, best_ids);
    }
    // Few: as many as are better stand before each.
    const bool sorted = count > kCounted;
    if (sorted) sort_best(best_scores, best_ids, count);
    BlockTeam::for_each(count, [&](std::int64_t i) {
      std::int64_t place = i;
      if (!sorted) {
        const Key<T> own = key_of(best_scores[i], best_ids[i], false);
        place = 0;
        for (int other = 0; other < count; ++other) place += own < key_of(best_scores[other], best_ids[other], false);
      }
      if (place >= k) return;
      values[row * k + place] = best_scores[i];
      ids[row * k + place] = best_ids[i];
    });
    BlockTeam::for_each(k - count, [&](std::int64_t i) {
      values[row * k + count + i] = -std::numeric_limits<T>::infinity();
      ids[row * k + count + i] = -1;
    });
    __syncthreads();
  });
}

template <class Team, class T>
__global__ void rank_kernel(const T* x, Scores scores, const std::int32_t* targets, std::int32_t* ranks) {
  Team::for_each_row(scores.rows, [&](std::int64_t row) {
    const T* const from = x + row * scores.stride;
    const Key<T> target = key_of(from[targets[row]], targets[row], false);
    int before = 0;
    for_each_candidate<Team, kLanes<T>>(scores, from,
                                        [&](const Key<T>& key, std::int64_t, T) { before += target < key; });
    before = Team::reduce(before, Plus{});
    if (Team::leads()) ranks[row] = before;
  });
}

/// Marks what lists leave out, but never a row's target (targets null: there are none).
template <class T>
__global__ void leave_out_kernel(T* x, Scores scores, const std::int32_t* begins, const std::int32_t* ends,
                                 const std::int32_t* excluded, const std::int32_t* targets) {
  WarpTeam::for_each_row(scores.rows, [&](std::int64_t row) {
    const std::int64_t begin = begins[row];
    WarpTeam::for_each(ends[row] - begin, [&](std::int64_t i) {
      const std::int32_t id = excluded[begin + i];
      if (targets != nullptr && id == targets[row]) return;
      // A class may stand twice.
      atomicExch(reinterpret_cast<Word<T>*>(x + row * scores.stride + id), kLeftOut<T>);
    });
  });
}

Scores layout_of(const Tensor& scores, std::int64_t first = 0, bool marked = false) {
  return {scores.size(0), scores.size(1), scores.strides()[0], first, marked};
}

void select(const Tensor& x, const Scores& scores, std::int64_t k, const Tensor& values, const Tensor& ids) {
  visit_float(x.dtype(), "topk", [&](auto t) {
    using T = decltype(t);
    const std::size_t held = k <= kFew ? held_bytes<T>(scores.classes) : 0;
    const Launch shape = context(x).rows(scores.rows, scores.classes > kWideRow ? kWideThreads : kThreads, held);
    const Tensor found_scores({shape.grid.x, k}, x.dtype(), x.device()),
        found_ids({shape.grid.x, k}, DType::I32, x.device());
    launch(shape, has_aligned_rows<T>(x) ? topk_kernel<T, kLanes<T>> : topk_kernel<T, 1>, x.data<T>(), scores, k,
           held > 0, found_scores.data<T>(), found_ids.data<std::int32_t>(), values.data<T>(),
           ids.data<std::int32_t>());
  });
}

/// Which classes don't count, on the device.
class Excluded {
 public:
  Excluded(const Ragged& lists, Device device)
      : any_(!lists.empty()),
        begin_(lists.rows.begin_on(device)),
        end_(lists.rows.end_on(device)),
        ids_(lists.ids.on(device)) {}

  /// The layout of x, the scores of rows from `begin` on, with marks where they are left out.
  Scores mark(const Tensor& x, std::int64_t first, std::int64_t begin, const std::int32_t* targets) const {
    const Scores scores = layout_of(x, first, any_);
    if (!any_) return scores;
    visit_float(x.dtype(), "topk", [&](auto t) {
      using T = decltype(t);
      launch(context(x).over(scores.rows * kWarp), leave_out_kernel<T>, x.data<T>(), scores,
             begin_.data<std::int32_t>() + begin, end_.data<std::int32_t>() + begin, ids_.data<std::int32_t>(),
             targets);
    });
    return scores;
  }

 private:
  bool any_;
  Tensor begin_, end_, ids_;
};

}  // namespace

void topk(const Tensor& scores, std::int64_t k, Tensor& values, Tensor& ids) {
  select(scores, layout_of(scores), k, values, ids);
}

void score_topk(const Tensor& hidden, const Tensor& table, std::int64_t first, const Ragged& excluded, std::int64_t k,
                Tensor& values, Tensor& ids) {
  const Excluded left_out(excluded, hidden.device());
  for_each_tile(contiguous(hidden), contiguous(table), [&](const Tensor& tile, std::int64_t begin) {
    const std::int64_t end = begin + tile.size(0);
    select(tile, left_out.mark(tile, first, begin, nullptr), k, values.slice(0, begin, end), ids.slice(0, begin, end));
  });
}

void score_rank(const Tensor& hidden, const Tensor& table, std::int64_t first, const Index& targets,
                const Ragged& excluded, Tensor& ranks) {
  const Excluded left_out(excluded, hidden.device());
  const Tensor of_rows = targets.on(hidden.device());
  for_each_tile(contiguous(hidden), contiguous(table), [&](const Tensor& tile, std::int64_t begin) {
    const std::int32_t* const ids = of_rows.data<std::int32_t>() + begin;
    const Scores scores = left_out.mark(tile, first, begin, ids);
    visit_float(tile.dtype(), "score_rank", [&](auto t) {
      using T = decltype(t);
      by_rows(context(tile), scores.rows, scores.classes, [&](auto team, const Launch& shape) {
        launch(shape, rank_kernel<decltype(team), T>, tile.data<T>(), scores, ids, ranks.data<std::int32_t>() + begin);
      });
    });
  });
}

}  // namespace seqrec::kernels::cuda
