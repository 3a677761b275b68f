#include "infer/c/request.h"

#include <utility>
#include <vector>

#include "infer/c/given.h"
#include "infer/c/query.h"

namespace seqrec::c {
namespace {

/// Null if there is no list.
std::shared_ptr<const infer::ItemSet> read_set(const Model& model, const GivenItems& given) {
  given.check();
  if (given.absent()) return nullptr;
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < given.n; ++i)
    if (const std::int32_t id = given.id(model, i); id > 0) ids.push_back(id);
  infer::ItemSet set = *model.session.items(ids);
  set.unknown = given.n - std::ssize(ids);
  return std::make_shared<const infer::ItemSet>(std::move(set));
}

}  // namespace
}  // namespace seqrec::c

using namespace seqrec;
using namespace seqrec::c;

seqrec_status seqrec_request_open(const seqrec_model* model, const seqrec_request_options* options,
                                  seqrec_request** request) {
  if (request != nullptr) *request = nullptr;
  return guard([&] {
    check_not_null(model, "model");
    check_not_null(request, "request");
    const seqrec_request_options given = read_struct(options, SEQREC_REQUEST_OPTIONS_INIT, "options");
    require<UsageError>((given.flags & ~std::uint32_t{SEQREC_EXCLUDE_SEEN}) == 0,
                        "unknown flags: ", given.flags & ~std::uint32_t{SEQREC_EXCLUDE_SEEN});
    require<UsageError>(given.k >= 0, "k must not be negative, got ", given.k);
    const Model& of = *model->held;
    *request = new seqrec_request{
        model->held, (given.flags & SEQREC_EXCLUDE_SEEN) != 0, given.k,
        read_set(of, {given.exclude, given.exclude_ids, given.n_exclude, "exclude", "exclude_ids", "n_exclude"}),
        read_set(of, {given.candidates, given.candidate_ids, given.n_candidates, "candidates", "candidate_ids",
                      "n_candidates"})};
  });
}

seqrec_status seqrec_request_unknown(const seqrec_request* request, int64_t* exclude, int64_t* candidates) {
  return guard([&] {
    check_not_null(request, "request");
    if (exclude != nullptr) *exclude = request->exclude ? request->exclude->unknown : 0;
    if (candidates != nullptr) *candidates = request->candidates ? request->candidates->unknown : 0;
  });
}

void seqrec_request_close(seqrec_request* request) { delete request; }
