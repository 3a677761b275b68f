// The C interface in a service: after its first calls nothing is allocated, and no lock is taken.
#include <vector>

#include <doctest/doctest.h>

#include "core/random.h"
#include "tests/counted_locks.h"
#include "tests/failing_memory.h"
#include "tests/infer/c_caller.h"

using namespace seqrec;

namespace {

constexpr std::int32_t kItems = 300;

/// Callers by tokens and by ids, of up to 300 queries at a time.
class Service {
 public:
  Service(const std::string& model_file, const seqrec_model_options& options) : c_(model_file, options) {
    REQUIRE(seqrec_model_info(c_.model, &info_) == SEQREC_OK);
    vector_.resize(static_cast<std::size_t>(info_.history_vector_width));
    for (std::int32_t id = 1; id <= kItems; ++id) tokens_.push_back(concat("i", id));
    for (const std::string& token : tokens_) items_.push_back(token.c_str());
    const char* const few[] = {"i3", "no such item", "i77", "i200"};
    seqrec_request_options wanted = SEQREC_REQUEST_OPTIONS_INIT;
    wanted.flags = SEQREC_EXCLUDE_SEEN;
    wanted.exclude = few;
    wanted.n_exclude = 4;
    REQUIRE(seqrec_request_open(c_.model, &wanted, &requests_[1]) == SEQREC_OK);
    wanted.candidates = items_.data();
    wanted.n_candidates = 100;
    REQUIRE(seqrec_request_open(c_.model, &wanted, &requests_[2]) == SEQREC_OK);
  }
  ~Service() {
    for (seqrec_request* request : requests_) seqrec_request_close(request);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// All that can be asked about histories of n items, each request alone and in a batch of `batch`.
  void serve(std::size_t n, std::size_t batch, Random& random) {
    ids_.clear();
    history_.clear();
    for (std::size_t i = 0; i < n; ++i) ids_.push_back(1 + static_cast<std::int32_t>(random.below(kItems)));
    for (const std::int32_t id : ids_) history_.push_back(items_[static_cast<std::size_t>(id) - 1]);
    seqrec_query by_tokens = Caller::query("u2", history_), by_ids = SEQREC_QUERY_INIT, stranger = by_tokens;
    by_ids.user_id = 1;
    by_ids.history_ids = ids_.data();
    by_ids.n_history = std::ssize(ids_);
    stranger.user = "someone whom the model doesn't know";
    check(seqrec_session_start(c_.session, &by_tokens));
    for (const char* item : {"i5", "no such item", "i9"}) check(seqrec_session_append(c_.session, item));
    check(seqrec_session_append_id(c_.session, 7));
    const seqrec_query* const asked[] = {&by_tokens, &by_ids, &stranger, nullptr};
    for (const seqrec_query* query : asked) {
      for (const seqrec_request* request : requests_)
        check(seqrec_session_recommend(c_.session, request, query, &c_.answer));
      check(seqrec_session_score(c_.session, query, items_.data(), 50, scores_));
      check(seqrec_session_score_ids(c_.session, query, ids_.data(), std::min<std::int64_t>(50, std::ssize(ids_)),
                                     scores_));
      if (!vector_.empty()) check(seqrec_session_vector(c_.session, query, info_.history_vector_width, vector_.data()));
    }
    while (queries_.size() < batch) {
      queries_.push_back(by_tokens);
      best_.emplace_back(10);
      answers_.push_back(SEQREC_ANSWER_INIT);
      answers_.back().room = 10;
    }
    for (std::size_t i = 0; i < batch; ++i) {
      queries_[i] = i % 2 == 0 ? by_tokens : by_ids;
      answers_[i].items = best_[i].data();
    }
    for (const seqrec_request* request : requests_) {
      check(seqrec_session_recommend_batch(c_.session, request, queries_.data(), static_cast<std::int64_t>(batch),
                                           answers_.data()));
      for (std::size_t i = 0; i < batch; ++i) check(answers_[i].status);
    }
  }

 private:
  static void check(seqrec_status status) {
    if (status != SEQREC_OK) FAIL(seqrec_last_error());
  }

  Caller c_;
  seqrec_info info_ = SEQREC_INFO_INIT;
  std::vector<std::string> tokens_;
  std::vector<const char*> items_, history_;
  std::vector<std::int32_t> ids_;
  seqrec_request* requests_[3] = {};
  double scores_[50] = {};
  std::vector<float> vector_;
  std::vector<seqrec_query> queries_;
  std::vector<std::vector<seqrec_item>> best_;
  std::vector<seqrec_answer> answers_;
};

}  // namespace

TEST_CASE("the C interface, after its first calls, allocates nothing and takes no lock") {
  for (const models::ModelInfo& info : models::model_infos()) {
    CAPTURE(info.name);
    const models::TemporaryFolder folder;
    const bool slow = info.name == "DIEN";  // which scores item by item
    models::ModelFile file = models::tiny_file(5, kItems, info.name, slow ? 8 : 24);
    for (Json* keys : {&file.spec.hyper_parameters, &file.config})
      if (!slow && keys->find("MAX_ITEM_LIST_LENGTH")) (*keys)["MAX_ITEM_LIST_LENGTH"] = 50;
    models::save_model_file(folder / "model.safetensors", file, *models::tiny_model(file));
    models::save_tiny_histories(folder / "histories.safetensors", file);
    seqrec_model_options options = SEQREC_MODEL_OPTIONS_INIT;
    const std::string histories = folder / "histories.safetensors";
    options.histories_file = histories.c_str();
    Service service(folder / "model.safetensors", options);
    Random random(random_stream(6, Purpose::Test, 1));
    CHECK(locks() > 0);  // opening took some: they are counted
    const std::size_t batch = slow ? 20 : 300;
    for (int i = 0; i < 2; ++i) service.serve(60, batch, random);
    const long before = allocations(), locked = locks();
    for (const std::size_t n : {1, 60, 7, 33, 2}) service.serve(n, n == 33 ? batch : 9, random);
    CHECK(allocations() == before);
    CHECK(locks() == locked);
  }
}
