#include "models/s3rec_input.h"

#include <algorithm>

namespace seqrec::models {

namespace {

/// Draws items that an instance lacks.
class NegativeItems {
 public:
  /// Ids 1 .. last.
  explicit NegativeItems(std::int32_t last) : last_(last), instance_of_(static_cast<std::size_t>(last) + 1, -1) {}
  /// The instance's own items are refused from now on.
  void begin(std::int32_t instance, std::span<const std::int32_t> items) {
    instance_ = instance;
    different_ = 0;
    for (const std::int32_t item : items) {
      std::int32_t& seen = instance_of_[item];
      different_ += seen != instance;
      seen = instance;
    }
  }
  /// 0 if the instance holds all.
  std::int32_t draw(Random& random) const {
    if (different_ == last_) return 0;
    for (;;) {
      const auto item = static_cast<std::int32_t>(1 + random.below(static_cast<std::uint32_t>(last_)));
      if (instance_of_[item] != instance_) return item;
    }
  }

 private:
  std::int32_t last_, instance_ = 0, different_ = 0;
  std::vector<std::int32_t> instance_of_;  // the last instance that held an item
};

void add_instances(const Batch& batch, const S3RecMasking& masking, S3RecInstances& out) {
  const auto end_instance = [&out] {
    const auto places = static_cast<std::int32_t>(out.items.size());
    if (places > out.offsets.back()) out.offsets.push_back(places);
  };
  for (std::int64_t r = 0; r < batch.rows(); ++r) {
    const std::int64_t length = batch.windows.length(r), end = batch.windows.end()[r];
    if (masking.with_target && length == 1) {  // what comes before a history's first row: its first item
      out.items.push_back(batch.items[end - 1]);
      end_instance();
    }
    const std::int64_t kept = std::min(length, masking.max_length - (masking.with_target ? 1 : 0));
    for (std::int64_t v = end - kept; v < end; ++v) out.items.push_back(batch.items[v]);
    if (masking.with_target) out.items.push_back(batch.targets[r]);
    end_instance();
  }
}

/// Masks places [begin, end) of the instance that they make up.
void mask_items(const S3RecMasking& masking, Random& random, const NegativeItems& negatives, std::int32_t begin,
                std::int32_t end, S3RecInstances& out) {
  for (auto place = static_cast<std::size_t>(begin); place < static_cast<std::size_t>(end); ++place) {
    const bool last = masking.mask_last && place + 1 == static_cast<std::size_t>(end);
    if (random.uniform() >= masking.ratio && !last) continue;
    out.masked_items[place] = masking.mask;
    out.negative_items[place] = negatives.draw(random);
  }
}

void cut_segments(const S3RecMasking& masking, Random& random, std::int32_t begin, std::int32_t end,
                  S3RecInstances& out) {
  const std::int32_t length = end - begin;
  if (length < 2) return;  // too short for one: all three are the instance itself
  const auto up_to = [&](std::int64_t most) {
    return static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(most + 1)));
  };
  const std::int32_t segment = 1 + up_to(length / 2 - 1), start = begin + up_to(length - segment);
  const std::int32_t other = up_to(std::ssize(out.items) - segment);
  std::fill(out.masked_segment.begin() + start, out.masked_segment.begin() + start + segment, masking.mask);
  for (std::vector<std::int32_t>* part : {&out.positive_segment, &out.negative_segment})
    std::fill(part->begin() + begin, part->begin() + end, masking.mask);
  std::copy_n(out.items.begin() + start, segment, out.positive_segment.begin() + start);
  std::copy_n(out.items.begin() + other, segment, out.negative_segment.begin() + start);
}

}  // namespace

S3RecInstances reconstruct_pretrain_data(const Batch& batch, const S3RecMasking& masking, RandomStream stream) {
  S3RecInstances out;
  add_instances(batch, masking, out);
  out.masked_items = out.masked_segment = out.positive_segment = out.negative_segment = out.items;
  out.negative_items.resize(out.items.size());
  NegativeItems negatives(masking.mask_negatives ? masking.mask : masking.mask - 1);
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(out.size()); ++i) {
    const std::int32_t begin = out.offsets[i], end = out.offsets[i + 1];
    Random random(stream, static_cast<std::uint64_t>(i) << 32);
    negatives.begin(i, std::span(out.items).subspan(begin, end - begin));
    mask_items(masking, random, negatives, begin, end, out);
    cut_segments(masking, random, begin, end, out);
  }
  return out;
}

Sequences bidirectional_sequences(const S3RecInstances& instances, std::int64_t begin, std::int64_t end,
                                  std::initializer_list<const std::vector<std::int32_t>*> parts,
                                  std::int64_t max_length, Positions numbering) {
  std::vector<std::int32_t> items, positions, window_begin, window_end;
  for (const std::vector<std::int32_t>* part : parts)
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const std::int32_t from = instances.offsets[i], to = instances.offsets[i + 1];
      const auto first = static_cast<std::int32_t>(items.size());
      const std::int32_t shift = first_position(numbering, max_length, to - from);
      items.insert(items.end(), part->begin() + from, part->begin() + to);
      for (std::int32_t place = from; place < to; ++place) positions.push_back(shift + place - from);
      window_begin.resize(items.size(), first);
      window_end.resize(items.size(), static_cast<std::int32_t>(items.size()));
    }
  const auto places = static_cast<std::int64_t>(items.size());
  return {Index(std::move(items)), Index(std::move(positions)),
          Windows(std::move(window_begin), std::move(window_end), places)};
}

S3RecSlice s3rec_slice(const S3RecInstances& instances, std::int64_t begin, std::int64_t end,
                       const S3RecPretraining& of) {
  const std::int32_t first = instances.offsets[begin];
  std::vector<std::int32_t> seen, seen_items, masked, masked_items, ranked, ranked_items, negatives, segment_ends;
  for (std::int32_t at = first; at < instances.offsets[end]; ++at) {
    const bool is_masked = instances.masked_items[at] == of.mask;
    (is_masked ? masked : seen).push_back(at - first);
    (is_masked ? masked_items : seen_items).push_back(instances.items[at]);
    if (!is_masked || instances.negative_items[at] == 0) continue;
    ranked.push_back(at - first);
    ranked_items.push_back(instances.items[at]);
    negatives.push_back(instances.negative_items[at]);
  }
  const std::int32_t places = instances.offsets[end] - first;
  for (std::int32_t part = 0; part < 3; ++part)
    for (std::int64_t i = begin; i < end; ++i)
      segment_ends.push_back(part * places + instances.offsets[i + 1] - first - 1);

  const Sequences segments = bidirectional_sequences(
      instances, begin, end, {&instances.masked_segment, &instances.positive_segment, &instances.negative_segment},
      of.max_length, of.numbering);
  return {.sequences =
              bidirectional_sequences(instances, begin, end, {&instances.masked_items}, of.max_length, of.numbering),
          .seen = Index(std::move(seen)),
          .seen_attributes = of.attributes->windows_of(Index(std::move(seen_items))),
          .masked = Index(std::move(masked)),
          .masked_attributes = of.attributes->windows_of(Index(std::move(masked_items))),
          .ranked = Index(std::move(ranked)),
          .ranked_items = Index(std::move(ranked_items)),
          .negatives = Index(std::move(negatives)),
          .segments = segments,
          .segment_ends = Index(segment_ends),
          .of_segment_ends = segments.windows.select(segment_ends)};
}

}  // namespace seqrec::models
