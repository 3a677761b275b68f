#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/failing_memory.h"
#include "tests/infer/c_caller.h"

using namespace seqrec;

namespace {

using Ways = std::vector<Failing>;
const Ways kWays = {Failing::Once, Failing::FromThenOn, Failing::Tensors};
const Ways kWithoutTensors = {Failing::Once, Failing::FromThenOn};  // of what makes none

/// A status that says that memory was short, with a text if there was memory for one.
void check_status(seqrec_status status) {
  CHECK(status == SEQREC_ERROR_MEMORY);
  const std::string text = seqrec_last_error();
  const bool told = text.empty() || text.find("out of memory") != text.npos;
  CHECK_MESSAGE(told, text);
}

/// Each allocation of f fails in turn, in each way; f must say so or get on without. `check` looks at what it left.
template <class F, class Check>
void check_each(F&& f, Check&& check, const Ways& ways = kWays) {
  for (const Failing way : ways) {
    seqrec_status status = SEQREC_OK;
    const auto look = [&](long) {
      if (status != SEQREC_OK) check_status(status);
      check(status);
    };
    const auto call = [&] {
      memory(kCpu).trim();  // so that tensors need memory
      status = f();
    };
    CHECK(fail_each_allocation(way, call, look) > 0);
    CHECK(status == SEQREC_OK);
  }
}

}  // namespace

TEST_CASE("the C interface without memory says so, by its status, whichever allocation fails") {
  for (const std::string name : {"SHAN", "DIEN"}) {
    CAPTURE(name);
    const models::TemporaryFolder folder;
    const models::ModelFile file = models::tiny_file(5, 20, name);
    const std::string model_file = folder / "model.safetensors", histories = folder / "histories.safetensors";
    models::save_model_file(model_file, file, *models::tiny_model(file));
    models::save_tiny_histories(histories, file);

    seqrec_model_options options = SEQREC_MODEL_OPTIONS_INIT;
    options.histories_file = histories.c_str();
    seqrec_model* model = nullptr;
    check_each(
        [&] {
          seqrec_model_close(model);
          memory(kCpu).trim();  // what that gave back, which would be all that this one needs
          return seqrec_model_open(model_file.c_str(), &options, &model);
        },
        [&](seqrec_status status) { CHECK((model != nullptr) == (status == SEQREC_OK)); });
    REQUIRE(model != nullptr);

    const char* const excluded[] = {"i1", "no such item, and a text longer than a short one", "i2"};
    seqrec_request_options wanted = SEQREC_REQUEST_OPTIONS_INIT;
    wanted.exclude = excluded;
    wanted.n_exclude = 3;
    seqrec_request* request = nullptr;
    check_each(
        [&] {
          seqrec_request_close(request);
          return seqrec_request_open(model, &wanted, &request);
        },
        [&](seqrec_status status) { CHECK((request != nullptr) == (status == SEQREC_OK)); }, kWithoutTensors);

    seqrec_session* session = nullptr;
    check_each(
        [&] {
          seqrec_session_close(session);
          return seqrec_session_open(model, &session);
        },
        [&](seqrec_status status) { CHECK((session != nullptr) == (status == SEQREC_OK)); }, kWithoutTensors);
    REQUIRE(session != nullptr);

    // Each call in a session that has no memory yet.
    const std::vector<const char*> history = {"i3", "i9", "no such item, and a text longer than a short one"};
    const seqrec_query query = Caller::query("u2", history);
    std::array<seqrec_item, 5> items{}, first{};
    seqrec_answer answer = SEQREC_ANSWER_INIT;
    answer.items = first.data();
    answer.room = 5;
    REQUIRE(seqrec_session_recommend(session, request, &query, &answer) == SEQREC_OK);
    const auto fresh = [&](auto&& call) {
      seqrec_session* own = nullptr;
      const seqrec_status opened = seqrec_session_open(model, &own);
      const seqrec_status status = opened == SEQREC_OK ? call(own) : opened;
      seqrec_session_close(own);
      return status;
    };
    const auto check_answer = [&](seqrec_status status) {
      CHECK((answer.count == -7) == (status != SEQREC_OK));
      CHECK((items[0].token == nullptr) == (status != SEQREC_OK));
    };
    const auto clear = [&] {
      items[0].token = nullptr;
      answer.items = items.data();
      answer.count = -7;
    };
    check_each(
        [&] {
          clear();
          return fresh([&](seqrec_session* own) { return seqrec_session_recommend(own, request, &query, &answer); });
        },
        check_answer);
    CHECK(answer.count == 5);
    for (std::size_t i = 0; i < 5; ++i) CHECK(items[i].token == first[i].token);
    for (std::size_t i = 0; i < 5; ++i) CHECK(items[i].score == first[i].score);

    check_each(
        [&] {
          clear();
          return fresh([&](seqrec_session* own) {
            const seqrec_status status = seqrec_session_start(own, &query);
            if (status != SEQREC_OK) return status;
            const seqrec_status appended = seqrec_session_append(own, "i4");
            return appended != SEQREC_OK ? appended : seqrec_session_recommend(own, request, nullptr, &answer);
          });
        },
        check_answer);

    check_each(
        [&] {
          clear();
          return fresh(
              [&](seqrec_session* own) { return seqrec_session_recommend_batch(own, request, &query, 1, &answer); });
        },
        [&](seqrec_status status) {
          // Out of memory is the batch's status, never a query's.
          if (status == SEQREC_OK) CHECK(answer.status == SEQREC_OK);
        });

    const char* asked[] = {"i1", "i2"};
    double scores[2];
    check_each(
        [&] {
          scores[0] = 7;
          return fresh([&](seqrec_session* own) { return seqrec_session_score(own, &query, asked, 2, scores); });
        },
        [&](seqrec_status status) { CHECK((scores[0] == 7) == (status != SEQREC_OK)); });
    seqrec_session_close(session);
    seqrec_request_close(request);
    seqrec_model_close(model);
  }
}
