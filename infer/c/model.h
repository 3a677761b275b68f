#pragma once

#include <memory>
#include <utility>

#include "core/cpu_memory.h"
#include "core/memory_scope.h"
#include "infer/c/error.h"
#include "infer/session.h"

namespace seqrec::c {

/// What the handles of a model, its requests and its sessions share. What makes or releases its tensors does that in a
/// MemoryScope of its memory.
struct Model {
  Model(infer::Session opened, std::unique_ptr<CpuMemory> its);

  const Vocabulary& items() const { return session.file().items; }
  const Vocabulary& users() const { return session.file().users; }
  const char* title(std::int32_t item) const {
    const auto& titles = session.file().titles;
    return titles.empty() ? "" : titles[static_cast<std::size_t>(item)].c_str();
  }
  /// The vectors of items [begin, end) that scores are products with, or else what the model has; undefined without.
  Tensor item_vectors(std::int64_t begin, std::int64_t end) const;

  std::unique_ptr<CpuMemory> memory;  // null: the process's
  infer::Session session;
  std::int64_t item_vector_width, history_vector_width;
};

/// UsageError unless `width` is the model's own, UnsupportedError if that is 0: it has none of `what`.
void check_width(const Model& model, std::int64_t own, std::int64_t width, const char* what);

/// Released in the model's memory.
using ModelHold = std::shared_ptr<const Model>;

}  // namespace seqrec::c

struct seqrec_model {
  seqrec::c::ModelHold held;
};
