#pragma once

#include "infer/c/model.h"

struct seqrec_request {
  seqrec::c::ModelHold model;
  bool exclude_seen = false;
  std::int64_t k = 0;  // 0: as many as there is room for
  std::shared_ptr<const seqrec::infer::ItemSet> exclude, candidates;
};
