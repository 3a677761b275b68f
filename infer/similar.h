#pragma once

#include "infer/session.h"

namespace seqrec::infer {

/// Which items are like some given ones? Items that the model doesn't know are skipped and counted.
struct SimilarRequest {
  std::vector<std::string> items;
  std::int64_t k = 10;
  std::shared_ptr<const ItemSet> exclude = nullptr;     ///< null: none; the given items are always left out
  std::shared_ptr<const ItemSet> candidates = nullptr;  ///< null: the whole catalogue
};

/// The items whose vectors (Session::item_vectors) have the largest cosine with those given: with the sum of their
/// directions, where they are several. An item whose vector is 0 has the cosine 0. Scores are in [-1, 1], up to
/// rounding. UsageError if k < 1, if the model knows none of the items, or has no item vectors, or the directions
/// cancel out; NumericError if a vector is too long for its arithmetic.
Answer similar(const Session& session, const SimilarRequest& request);

}  // namespace seqrec::infer
