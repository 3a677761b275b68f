#pragma once

#include "core/batch.h"
#include "core/random.h"

namespace seqrec::models {

/// What S3-Rec's encoder runs over: places, sequence by sequence, nothing padded.
struct S3RecSequences {
  Index items;      ///< [places] what stands there: an item, or the mask
  Index positions;  ///< [places] row of the position table
  Windows windows;  ///< [places] over the places: what each looks at
};

/// How the places of a window are numbered.
enum class S3RecPositions {
  FromBegin,   ///< from 0 on
  ToEnd,       ///< up to max_length - 1
  ToSharedEnd  ///< as a part of the longest of the windows that begin together, which is numbered up to max_length - 1
};

/// A batch to fine-tune on, or to score. A causal encoder gives the output of every window that begins at the same
/// value in one pass, so there is one sequence per begin, as long as its longest window, but with ToEnd one per row;
/// places look at what comes before.
struct S3RecInput {
  S3RecSequences sequences;
  Index read;  ///< [rows] the place of the window's last item
};

/// Windows are cut to their last `max_length` items; one without an item looks at the padding item.
S3RecInput s3rec_input(const Batch& batch, std::int64_t max_length, S3RecPositions numbering);

/// The batch in parts that need about `most_places` places each, for a model that computes them one after the other;
/// rows that share a sequence stay together. Memory then doesn't grow with the batch.
std::vector<Batch> slices_of(const Batch& batch, std::int64_t max_length, S3RecPositions numbering,
                             std::int64_t most_places);

/// Instances to pre-train on, twice masked. All [places] but `offsets`.
struct S3RecInstances {
  std::vector<std::int32_t> offsets{0};        ///< [instances + 1]
  std::vector<std::int32_t> items;             ///< the instance itself
  std::vector<std::int32_t> masked_items;      ///< some items replaced by the mask
  std::vector<std::int32_t> negative_items;    ///< where masked: an item that the instance lacks; 0 if there is none
  std::vector<std::int32_t> masked_segment;    ///< a segment replaced by the mask
  std::vector<std::int32_t> positive_segment;  ///< the segment, all else masked
  std::vector<std::int32_t> negative_segment;  ///< one of the batch's, as long, in its place

  std::int64_t size() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
};

/// How instances are made (RecBole's reconstruct_pretrain_data).
struct S3RecMasking {
  std::int64_t max_length;      ///< the last items of an instance that are kept
  std::int32_t mask;            ///< the mask's id, one more than the last item's
  double ratio;                 ///< mask_ratio: the probability of an item to be masked
  bool mask_last = false;       ///< the last item is always masked
  bool with_target = false;     ///< instances are all beginnings of a history up to its last target, not the windows
  bool mask_negatives = false;  ///< RecBole: the mask may be drawn as a negative item
};

/// Draws masks, segments and negatives; what is drawn for an instance depends on the stream and its number alone, but
/// for the negative segments, which are cut from all instances of the batch laid end to end.
S3RecInstances reconstruct_pretrain_data(const Batch& batch, const S3RecMasking& masking, RandomStream stream);

/// Instances [begin, end) to encode, whole sequences looking at themselves, once for each of `parts` ([places] of
/// `instances`), one part after the other; an instance is numbered as a window.
S3RecSequences bidirectional_sequences(const S3RecInstances& instances, std::int64_t begin, std::int64_t end,
                                       std::initializer_list<const std::vector<std::int32_t>*> parts,
                                       std::int64_t max_length, S3RecPositions numbering);

}  // namespace seqrec::models
