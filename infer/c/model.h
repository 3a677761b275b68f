#pragma once

#include <memory>
#include <utility>

#include "infer/c/error.h"
#include "infer/session.h"

namespace seqrec::c {

/// What the handles of a model, its requests and its sessions share.
struct Model {
  explicit Model(infer::Session opened) : session(std::move(opened)) {}

  /// The vectors of items [begin, end) that scores are products with, or else what the model has; undefined without.
  Tensor item_vectors(std::int64_t begin, std::int64_t end) const;

  const Vocabulary& items() const { return session.file().items; }
  const Vocabulary& users() const { return session.file().users; }
  const char* title(std::int32_t item) const {
    const auto& titles = session.file().titles;
    return titles.empty() ? "" : titles[static_cast<std::size_t>(item)].c_str();
  }

  infer::Session session;
};

/// UsageError unless `width` is the model's own, UnsupportedError if that is 0: it has none of `what`.
void check_width(const Model& model, std::int64_t own, std::int64_t width, const char* what);

using ModelHold = std::shared_ptr<const Model>;

}  // namespace seqrec::c

struct seqrec_model {
  seqrec::c::ModelHold held;
};
