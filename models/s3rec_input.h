#pragma once

#include "core/random.h"
#include "models/causal_input.h"
#include "models/item_attributes.h"

namespace seqrec::models {

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

/// How its places are numbered and how many an instance has at most; what it learns of items.
struct S3RecPretraining {
  std::int64_t max_length;
  std::int32_t mask;
  Positions numbering;
  const ItemAttributes* attributes;
};

/// Some instances as pre-training computes on them. Places are those of `sequences`.
struct S3RecSlice {
  Sequences sequences;        ///< the masked items, an instance looking at all of itself
  Index seen;                 ///< [seen] the places that aren't masked
  Windows seen_attributes;    ///< [seen] over the attributes' ids
  Index masked;               ///< [masked] those that are
  Windows masked_attributes;  ///< [masked]
  Index ranked;               ///< [ranked] the masked places that have a negative item
  Index ranked_items;         ///< [ranked]
  Index negatives;            ///< [ranked]
  Sequences segments;         ///< the masked, the positive and the negative segment of each instance
  Index segment_ends;         ///< [3 instances] the last place of each
  Windows of_segment_ends;    ///< what these look at

  template <class F>
  void for_each(F f) const {
    f(sequences), f(segments);
    for (const Index& index : {seen, masked, ranked, ranked_items, negatives, segment_ends}) f(index);
    for (const Windows& windows : {seen_attributes, masked_attributes, of_segment_ends}) f(windows);
  }
};
/// Of instances [begin, end).
S3RecSlice s3rec_slice(const S3RecInstances& instances, std::int64_t begin, std::int64_t end,
                       const S3RecPretraining& of);

/// Instances [begin, end) to encode, whole sequences looking at themselves, once for each of `parts` ([places] of
/// `instances`), one part after the other; an instance is numbered as a window.
Sequences bidirectional_sequences(const S3RecInstances& instances, std::int64_t begin, std::int64_t end,
                                  std::initializer_list<const std::vector<std::int32_t>*> parts,
                                  std::int64_t max_length, Positions numbering);

}  // namespace seqrec::models
